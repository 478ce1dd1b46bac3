#include "connectors/byte_stream.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kRawPieceBytes = std::size_t{128} << 10U;
constexpr int kGzipWindowBits = 15 + 16;  // the largest window, gzip header and trailer

// What both formats share: raw bytes in pieces, and an error that waits until the bytes before it are served.
class CompressedStream : public ByteStream {
 public:
  CompressedStream(std::unique_ptr<ReadFile> file, std::string path, std::uint64_t raw_bytes)
      : file_(std::move(file)), path_(std::move(path)), raw_bytes_(raw_bytes), piece_(kRawPieceBytes) {}

  Result<std::size_t> read(std::span<char> into) final {
    std::size_t produced = 0;
    while (!problem_ && produced < into.size()) {
      const std::size_t step = expand(into.subspan(produced));
      if (step == 0) break;
      produced += step;
    }
    served_ += produced;
    if (produced == 0 && problem_) return std::unexpected(*problem_);
    return produced;
  }

 protected:
  // Writes at least one byte, or returns 0: the end, or a problem that was stated.
  virtual std::size_t expand(std::span<char> into) = 0;

  // The next raw bytes; empty at the end and after a failure to read, which is stated.
  std::span<const char> next_piece() {
    const std::size_t wanted = std::min<std::uint64_t>(piece_.size(), raw_bytes_ - raw_at_);
    const Result<std::size_t> count = file_->read(raw_at_, std::span(piece_).first(wanted));
    if (!count) {
      problem_ = count.error();
      return {};
    }
    raw_at_ += *count;
    return std::span<const char>(piece_).first(*count);
  }

  // `unread` bytes of the last piece were not used.
  void state_problem(std::string_view what, std::size_t unread) {
    if (problem_) return;
    problem_ = Error{ErrorKind::kData, Retry::kNever,
                     fmt::format("{}: {} at byte {} of the file, after {} bytes of text; get the file anew from its sender", path_, what,
                                 raw_at_ - unread, served_)};
  }

  [[nodiscard]] bool has_problem() const { return problem_.has_value(); }

 private:
  std::unique_ptr<ReadFile> file_;
  std::string path_;
  std::uint64_t raw_bytes_;
  std::uint64_t raw_at_ = 0;  // end of the piece
  std::uint64_t served_ = 0;
  std::vector<char> piece_;
  std::optional<Error> problem_;
};

class GzipStream final : public CompressedStream {
 public:
  GzipStream(std::unique_ptr<ReadFile> file, std::string path, std::uint64_t raw_bytes)
      : CompressedStream(std::move(file), std::move(path), raw_bytes) {
    RECKONER_CHECK(inflateInit2(&inflater_, kGzipWindowBits) == Z_OK, "out of memory");
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() override { inflateEnd(&inflater_); }

 private:
  std::size_t expand(std::span<char> into) override {
    inflater_.next_out = reinterpret_cast<Bytef*>(into.data());
    inflater_.avail_out = static_cast<uInt>(std::min(into.size(), kRawPieceBytes * 16));
    const uInt room = inflater_.avail_out;
    while (inflater_.avail_out == room) {
      if (inflater_.avail_in == 0 && !refill()) return 0;
      if (!in_member_) inflateReset(&inflater_);
      in_member_ = true;
      const int status = inflate(&inflater_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        in_member_ = false;
        ended_once_ = true;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        state_problem(fmt::format("damaged gzip ({})", inflater_.msg != nullptr ? inflater_.msg : "no detail"), inflater_.avail_in);
        break;
      }
    }
    return room - inflater_.avail_out;
  }

  bool refill() {
    const std::span<const char> piece = next_piece();
    // zlib's interface predates const.
    inflater_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    inflater_.avail_in = static_cast<uInt>(piece.size());
    if (!piece.empty()) return true;
    if (in_member_ || !ended_once_) state_problem("gzip is cut short", 0);
    return false;
  }

  z_stream inflater_{};
  bool in_member_ = false;
  bool ended_once_ = false;  // an empty file is no gzip
};

class ZstdStream final : public CompressedStream {
 public:
  ZstdStream(std::unique_ptr<ReadFile> file, std::string path, std::uint64_t raw_bytes)
      : CompressedStream(std::move(file), std::move(path), raw_bytes), context_(ZSTD_createDCtx()) {
    RECKONER_CHECK(context_ != nullptr, "out of memory");
  }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;
  ~ZstdStream() override { ZSTD_freeDCtx(context_); }

 private:
  std::size_t expand(std::span<char> into) override {
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.pos == 0) {
      bool dry = false;
      if (in_.pos == in_.size) {
        const std::span<const char> piece = next_piece();
        in_ = {piece.data(), piece.size(), 0};
        dry = piece.empty();
        if (has_problem() || (dry && !in_frame_ && ended_once_)) return 0;
      }
      // Also without input: the decoder may still hold output.
      const std::size_t status = ZSTD_decompressStream(context_, &out, &in_);
      if (ZSTD_isError(status) != 0U) {
        state_problem(fmt::format("damaged zstd ({})", ZSTD_getErrorName(status)), in_.size - in_.pos);
        break;
      }
      in_frame_ = status != 0;
      ended_once_ = ended_once_ || !in_frame_;
      if (dry && out.pos == 0 && in_frame_) {
        state_problem("zstd is cut short", 0);
        break;
      }
    }
    return out.pos;
  }

  ZSTD_DCtx* context_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool in_frame_ = false;
  bool ended_once_ = false;
};

}  // namespace

Compression compression_of(std::string_view path) {
  if (path.ends_with(".gz")) return Compression::kGzip;
  if (path.ends_with(".zst")) return Compression::kZstd;
  return Compression::kNone;
}

std::unique_ptr<ByteStream> make_byte_stream(Compression compression, std::unique_ptr<ReadFile> file, std::string path, std::uint64_t raw_bytes) {
  RECKONER_CHECK(compression != Compression::kNone, "{}", path);
  if (compression == Compression::kGzip) return std::make_unique<GzipStream>(std::move(file), std::move(path), raw_bytes);
  return std::make_unique<ZstdStream>(std::move(file), std::move(path), raw_bytes);
}

}  // namespace reckoner
