#include "connectors/text_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/byte_stream.hpp"
#include "engine/check.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kSkipPieceBytes = std::size_t{256} << 10U;

class PlainText final : public TextReader {
 public:
  PlainText(std::unique_ptr<ReadFile> file, std::string path, std::uint64_t raw_bytes)
      : file_(std::move(file)), path_(std::move(path)), raw_bytes_(raw_bytes) {}

  Filled read_at(std::uint64_t offset, std::span<char> into) override {
    const bool growing = raw_bytes_ == kGrowing;
    const std::size_t wanted = growing ? into.size() : std::min<std::uint64_t>(into.size(), raw_bytes_ - std::min(raw_bytes_, offset));
    const Result<std::size_t> count = file_->read(offset, into.first(wanted));
    if (!count) return {0, count.error()};
    if (*count == wanted) return {*count, {}};
    if (!growing) return {*count, shrunk(raw_bytes_)};
    const Result<std::uint64_t> size = file_->size();
    if (!size) return {0, size.error()};
    if (*size < offset) return {0, shrunk(offset)};
    return {*count, {}};
  }

 private:
  [[nodiscard]] Error shrunk(std::uint64_t bytes) const {
    return {ErrorKind::kData, Retry::kNever,
            fmt::format("{}: had {} bytes and is shorter now; files must not change while they are read", path_, bytes)};
  }

  std::unique_ptr<ReadFile> file_;
  std::string path_;
  std::uint64_t raw_bytes_;
};

class CompressedText final : public TextReader {
 public:
  CompressedText(Files& files, std::string path, std::uint64_t raw_bytes, std::unique_ptr<ReadFile> file)
      : files_(files),
        path_(std::move(path)),
        raw_bytes_(raw_bytes),
        stream_(make_byte_stream(compression_of(path_), std::move(file), path_, raw_bytes)) {}

  Filled read_at(std::uint64_t offset, std::span<char> into) override {
    if (offset < held_at_) {
      if (Result<void> restarted = restart(); !restarted) return {0, restarted.error()};
    }
    if (std::optional<Error> problem = skip_to(offset)) return {0, std::move(problem)};
    std::optional<Error> problem = hold(into.size());
    const std::size_t count = std::min(into.size(), held_.size());
    if (count > 0) std::memcpy(into.data(), held_.data(), count);
    if (count == into.size()) problem.reset();
    return {count, std::move(problem)};
  }

 private:
  Result<void> restart() {
    Result<std::unique_ptr<ReadFile>> file = files_.open_read(path_);
    if (!file) return std::unexpected(file.error());
    stream_ = make_byte_stream(compression_of(path_), std::move(*file), path_, raw_bytes_);
    held_.clear();
    held_at_ = 0;
    return {};
  }

  // Makes held_ begin at `offset`, or empty when the text ends before.
  std::optional<Error> skip_to(std::uint64_t offset) {
    while (true) {
      const std::size_t gone = std::min<std::uint64_t>(held_.size(), offset - held_at_);
      held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(gone));
      held_at_ += gone;
      if (held_at_ == offset) return {};
      std::optional<Error> problem = hold(kSkipPieceBytes);
      if (held_.empty()) return problem;
    }
  }

  // Expands until `bytes` are held, the text ends, or it is damaged.
  std::optional<Error> hold(std::size_t bytes) {
    while (held_.size() < bytes) {
      const std::size_t had = held_.size();
      held_.resize(bytes);
      const Result<std::size_t> count = stream_->read(std::span(held_).subspan(had));
      held_.resize(had + (count ? *count : 0));
      if (!count) return count.error();
      if (*count == 0) return {};
    }
    return {};
  }

  Files& files_;
  std::string path_;
  std::uint64_t raw_bytes_;
  std::unique_ptr<ByteStream> stream_;
  std::vector<char> held_;     // expanded, not yet left behind
  std::uint64_t held_at_ = 0;  // offset of its first byte
};

}  // namespace

Result<std::unique_ptr<TextReader>> open_text(Files& files, const std::string& path, std::uint64_t raw_bytes) {
  Result<std::unique_ptr<ReadFile>> file = files.open_read(path);
  if (!file) return std::unexpected(file.error());
  if (compression_of(path) == Compression::kNone) return std::make_unique<PlainText>(std::move(*file), path, raw_bytes);
  RECKONER_CHECK(raw_bytes != kGrowing, "{}: a compressed file does not grow", path);
  return std::make_unique<CompressedText>(files, path, raw_bytes, std::move(*file));
}

}  // namespace reckoner
