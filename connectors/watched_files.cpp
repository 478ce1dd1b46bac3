#include "connectors/watched_files.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::uint64_t kManifestBytesMax = 64;
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

Result<bool> manifest_agrees(Files& files, const std::string& manifest, std::uint64_t bytes) {
  const Result<std::string> text = read_whole(files, manifest, kManifestBytesMax);
  if (!text) return std::unexpected(text.error());
  const std::string_view digits = std::string_view(*text).substr(0, text->find_last_not_of(" \r\n") + 1);
  if (digits.empty()) return true;
  std::uint64_t expected = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), expected);
  if (code != std::errc{} || end != digits.data() + digits.size()) {
    return fail(ErrorKind::kData, fmt::format("{}: neither empty nor a size in bytes; write one of them", manifest));
  }
  return expected == bytes;
}

}  // namespace

Result<bool> WatchedFiles::is_complete(Files& files, Clock* clock, const WatchSettings& settings, const std::string& path) {
  const Result<FileInfo> info = files.info(path);
  if (!info) return std::unexpected(info.error());
  const std::string manifest = path + ".ready";
  if (files.exists(manifest)) return manifest_agrees(files, manifest, info->bytes);
  if (settings.require_ready || info->bytes == 0) return false;
  if (clock == nullptr) return true;
  const std::int64_t now = clock->monotonic_ns();
  const auto [found, fresh] = sightings_.try_emplace(path, Sighting{*info, now});
  Sighting& sighting = found->second;
  if (sighting.info.bytes != info->bytes || sighting.info.modified_ms != info->modified_ms) sighting = {*info, now};
  if (now - sighting.since_ns < settings.stable_ms * kNanosecondsPerMillisecond) return false;
  sightings_.erase(found);
  return true;
}

}  // namespace reckoner
