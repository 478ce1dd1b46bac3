// A digest of bytes for pinned answers: FNV-1a, 64 bits (Fowler, Noll, Vo), chosen because anyone can compute it again in five lines.
#pragma once

#include <cstdint>
#include <string_view>

namespace reckoner {

class ByteDigest {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    size_ += bytes.size();
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
  std::uint64_t size_ = 0;
};

}  // namespace reckoner
