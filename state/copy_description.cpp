#include "state/copy_description.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/check.hpp"
#include "engine/checksum.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "state/state_files.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kMagic = "reckoner-copy ";
constexpr std::string_view kSumLabel = "xxh3 ";
constexpr std::size_t kFilesMax = 100'000;

// Takes a text of space-separated words and lines apart. After the first thing that is not as asked for, nothing is.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  std::string_view word(char end) {
    const std::size_t length = text_.find(end);
    if (length == std::string_view::npos || length == 0) {
      good_ = false;
      text_ = {};
      return {};
    }
    const std::string_view found = text_.substr(0, length);
    text_.remove_prefix(length + 1);
    return found;
  }

  void expect(std::string_view label) {
    if (word(' ') != label) good_ = false;
  }

  std::uint64_t number(char end) {
    const std::string_view digits = word(end);
    std::uint64_t value = 0;
    const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || at != digits.data() + digits.size()) good_ = false;
    return value;
  }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
  bool good_ = true;
};

std::unexpected<Error> damaged() { return fail(ErrorKind::kCorruption, "is damaged: its text does not have its checksum"); }

// The last line holds the checksum of everything before it; true of every version, so that a damaged file is never taken for a newer one.
Result<std::string_view> checked_body(std::string_view text) {
  const std::size_t label = text.rfind(kSumLabel);
  if (label == std::string_view::npos || !text.starts_with(kMagic)) return damaged();
  const std::string_view body = text.substr(0, label);
  if (text.substr(label) != fmt::format("{}{:016x}\n", kSumLabel, checksum(body))) return damaged();
  return body;
}

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
  return text + fmt::format("{}{:016x}\n", kSumLabel, checksum(text));
}

Result<CopyDescription> decode_copy_description(std::string_view text) {
  const Result<std::string_view> body = checked_body(text);
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

Result<void> verify_copy_files(const StateFiles& files, const std::string& directory, const CopyDescription& description) {
  for (const CopyFile& file : description.files) {
    const std::string path = join_path(directory, file.name);
    const Result<std::uint64_t> bytes = files.size(path);
    if (!bytes) return std::unexpected(bytes.error());
    if (*bytes != file.sum.bytes) return fail(ErrorKind::kCorruption, fmt::format("{}: has {} bytes, {} were written", path, *bytes, file.sum.bytes));
    const Result<FileSum> sum = files.sum(path);
    if (!sum) return std::unexpected(sum.error());
    if (sum->xxh3 != file.sum.xxh3) {
      return fail(ErrorKind::kCorruption, fmt::format("{}: has checksum {}, {} was written", path, sum->xxh3, file.sum.xxh3));
    }
  }
  return {};
}

}  // namespace reckoner
