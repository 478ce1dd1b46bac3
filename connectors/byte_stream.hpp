// The uncompressed bytes of a file, from its beginning to its end: gzip (also several members) and Zstandard (also several frames).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

// By the path's suffix: .gz, .zst, anything else.
[[nodiscard]] Compression compression_of(std::string_view path);

// Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Fewer bytes than asked for, but never 0 before the end. Bytes in front of damage are served first; then every call returns the kData
  // error that names file, place and kind of damage.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;
};

// Reads the first `raw_bytes` of `file`. `path` is for messages; `compression` is not kNone.
[[nodiscard]] std::unique_ptr<ByteStream> make_byte_stream(Compression compression, std::unique_ptr<ReadFile> file, std::string path,
                                                           std::uint64_t raw_bytes);

}  // namespace reckoner
