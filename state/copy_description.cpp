#include "state/copy_description.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/checked_text.hpp"
#include "state/state_files.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kMagic = "reckoner-copy ";
constexpr std::size_t kFilesMax = 100'000;

}  // namespace

std::uint64_t CopyDescription::bytes() const {
  std::uint64_t total = 0;
  for (const CopyFile& file : files) total += file.sum.bytes;
  return total;
}

std::string encode(const CopyDescription& description) {
  RECKONER_CHECK(description.files.size() <= kFilesMax, "{} files", description.files.size());
  std::string text = fmt::format("{}{}\nnumber {}\nowner {}\nepoch {}\nparts {}\n", kMagic, kCopyFormatVersion, description.number,
                                 description.id.owner, description.id.epoch, description.parts);
  for (const CopyFile& file : description.files) {
    RECKONER_CHECK(file.name.find_first_of(" \n") == std::string::npos, "{}", file.name);
    text += fmt::format("file {} {} {}\n", file.name, file.sum.bytes, file.sum.xxh3);
  }
  return with_checksum(std::move(text));
}

Result<CopyDescription> decode_copy_description(std::string_view text) {
  const Result<std::string_view> body = checked_body(text, kMagic);
  if (!body) return std::unexpected(body.error());
  Words words(body->substr(kMagic.size()));
  const std::uint64_t version = words.number('\n');
  if (words.good() && version > kCopyFormatVersion) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("has format version {}, this program reads up to {}: run the newer version that wrote it, or move the state directory's "
                            "checkpoints away to replay from the start",
                            version, kCopyFormatVersion));
  }
  CopyDescription found;
  words.expect("number");
  found.number = words.number('\n');
  words.expect("owner");
  found.id.owner = words.number('\n');
  words.expect("epoch");
  found.id.epoch = words.number('\n');
  words.expect("parts");
  found.parts = words.number('\n');
  while (words.good() && !words.at_end()) {
    words.expect("file");
    CopyFile file;
    file.name = words.word(' ');
    file.sum.bytes = words.number(' ');
    file.sum.xxh3 = words.word('\n');
    found.files.push_back(std::move(file));
  }
  if (!words.good() || version != kCopyFormatVersion) return fail(ErrorKind::kCorruption, "is not of the form that its version has");
  return found;
}

Result<CopyDescription> read_copy_description(const StateFiles& files, const std::string& directory) {
  const std::string path = join_path(directory, kCopyFileName);
  const Result<std::string> text = files.read_whole(path);
  if (!text) return std::unexpected(text.error());
  Result<CopyDescription> description = decode_copy_description(*text);
  if (!description) description.error().text = fmt::format("{}: {}", path, description.error().text);
  return description;
}

Result<void> verify_file(const StateFiles& files, const std::string& path, const FileSum& sum, const StopAsked& stop) {
  const Result<std::uint64_t> bytes = files.size(path);
  if (!bytes) return std::unexpected(bytes.error());
  if (*bytes != sum.bytes) return check_sum(path, {.bytes = *bytes, .xxh3 = {}}, sum);  // without reading it
  const Result<FileSum> found = files.sum(path, stop);
  if (!found) return std::unexpected(found.error());
  return check_sum(path, *found, sum);
}

Result<void> verify_copy_files(const StateFiles& files, const std::string& directory, const CopyDescription& description, const StopAsked& stop) {
  for (const CopyFile& file : description.files) {
    if (Result<void> same = verify_file(files, join_path(directory, file.name), file.sum, stop); !same) return same;
  }
  return {};
}

}  // namespace reckoner
