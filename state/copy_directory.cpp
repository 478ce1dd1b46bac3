#include "state/copy_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/check.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/state_files.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kRemoving = "removing-";

std::string_view prefix_of(CopyPlace place) {
  switch (place) {
    case CopyPlace::kKept:
      return "copy-";
    case CopyPlace::kBad:
      return "bad-";
    case CopyPlace::kAside:
      return "aside-";
  }
  RECKONER_UNREACHABLE("a copy's place");
}

std::optional<std::uint64_t> number_after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const char* end = name.data() + name.size();
  std::uint64_t number = 0;
  const auto [at, error] = std::from_chars(name.data() + prefix.size(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

}  // namespace

std::string CopyDirectory::path_of(const CopyName& copy) const {
  return join_path(root_, fmt::format("{}{:012}", prefix_of(copy.place), copy.number));
}
std::string CopyDirectory::live_path() const { return join_path(root_, "live"); }
std::string CopyDirectory::making_path() const { return join_path(root_, "making"); }
std::string CopyDirectory::incoming_path() const { return join_path(root_, "incoming"); }
std::string CopyDirectory::sharing_path() const { return join_path(root_, "sharing"); }
std::string CopyDirectory::rolled_back_path() const { return join_path(root_, "rolled-back"); }
std::string CopyDirectory::removing_path(std::uint64_t number) const { return join_path(root_, fmt::format("{}{:012}", kRemoving, number)); }

Result<std::vector<CopyName>> CopyDirectory::all() const {
  const Result<std::vector<std::string>> names = files_.list(root_);
  if (!names) return std::unexpected(names.error());
  std::vector<CopyName> copies;
  for (const std::string& name : *names) {
    for (const CopyPlace place : {CopyPlace::kKept, CopyPlace::kBad, CopyPlace::kAside}) {
      if (const std::optional<std::uint64_t> number = number_after(name, prefix_of(place))) copies.push_back({.number = *number, .place = place});
    }
  }
  std::sort(copies.begin(), copies.end(), [](const CopyName& left, const CopyName& right) { return left.number < right.number; });
  return copies;
}

Result<std::vector<std::uint64_t>> CopyDirectory::kept() const {
  const Result<std::vector<CopyName>> copies = all();
  if (!copies) return std::unexpected(copies.error());
  std::vector<std::uint64_t> numbers;
  for (const CopyName& copy : *copies) {
    if (copy.place == CopyPlace::kKept) numbers.push_back(copy.number);
  }
  return numbers;
}

Result<void> CopyDirectory::clear_scratch() const {
  const Result<std::vector<std::string>> names = files_.list(root_);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    // RocksDB fills NAME.tmp before it gives a checkpoint its name.
    const bool scratch =
        name == "live" || name == "making" || name == "making.tmp" || name == "incoming" || number_after(name, kRemoving).has_value();
    if (!scratch) continue;
    if (Result<void> removed = files_.remove_tree(join_path(root_, name)); !removed) return removed;
  }
  return {};
}

Result<void> CopyDirectory::publish(std::uint64_t number) const {
  const std::string path = path_of({.number = number, .place = CopyPlace::kKept});
  RECKONER_CHECK(!files_.exists(path), "{}", path);
  if (Result<void> named = files_.rename(making_path(), path); !named) return named;
  return files_.sync_directory(root_);
}

Result<std::string> CopyDirectory::set_aside(std::uint64_t number, CopyPlace place) const {
  RECKONER_CHECK(place != CopyPlace::kKept);
  std::string path = path_of({.number = number, .place = place});
  if (Result<void> named = files_.rename(path_of({.number = number, .place = CopyPlace::kKept}), path); !named) return std::unexpected(named.error());
  if (Result<void> synced = files_.sync_directory(root_); !synced) return std::unexpected(synced.error());
  return path;
}

Result<void> CopyDirectory::remove_oldest(std::size_t keep) const {
  RECKONER_CHECK(keep >= 1);
  const Result<std::vector<std::uint64_t>> numbers = kept();
  if (!numbers) return std::unexpected(numbers.error());
  for (std::size_t index = 0; index + keep < numbers->size(); ++index) {
    if (Result<void> removed = remove({.number = (*numbers)[index], .place = CopyPlace::kKept}); !removed) return removed;
  }
  return {};
}

// Renamed first, and durably: a copy that has lost some of its files must not look like one.
Result<void> CopyDirectory::remove(const CopyName& copy) const {
  const std::string removing = removing_path(copy.number);
  if (Result<void> named = files_.rename(path_of(copy), removing); !named) return named;
  if (Result<void> synced = files_.sync_directory(root_); !synced) return synced;
  return files_.remove_tree(removing);
}

}  // namespace reckoner
