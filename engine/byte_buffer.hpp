// Bytes that are appended in many small pieces and cleared often: like a vector<char>, but room is asked for once and then written by pointer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/check.hpp"

namespace reckoner {

// memcpy() for the few bytes of a name or a number, without a call: two copies that may overlap each other cover every length.
inline char* copy_short(char* at, const char* from, std::size_t bytes) {
  const auto both_ends = [&]<typename Word>(Word word) {
    Word last = word;
    std::memcpy(&word, from, sizeof word);
    std::memcpy(&last, from + bytes - sizeof last, sizeof last);
    std::memcpy(at, &word, sizeof word);
    std::memcpy(at + bytes - sizeof last, &last, sizeof last);
  };
  using Wide = std::array<std::uint64_t, 2>;
  if (bytes > 2 * sizeof(Wide)) {
    std::memcpy(at, from, bytes);
  } else if (bytes >= sizeof(Wide)) {
    both_ends(Wide{});
  } else if (bytes >= sizeof(std::uint64_t)) {
    both_ends(std::uint64_t{});
  } else if (bytes >= sizeof(std::uint32_t)) {
    both_ends(std::uint32_t{});
  } else {
    for (std::size_t i = 0; i < bytes; ++i) at[i] = from[i];
  }
  return at + bytes;
}

// A text that is appended over and over: kept in whole blocks, so that it is copied without looking at its length.
class BlockText {
 public:
  static constexpr std::size_t kBlockBytes = 32;

  BlockText() = default;
  explicit BlockText(std::string_view text) : length_(text.size()), bytes_((text.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes) {
    std::copy(text.begin(), text.end(), bytes_.begin());
  }
  [[nodiscard]] std::size_t length() const { return length_; }
  [[nodiscard]] std::size_t padded_bytes() const { return bytes_.size(); }
  // Writes padded_bytes() of which length() count.
  void copy_to(char* at) const {
    for (std::size_t from = 0; from < bytes_.size(); from += kBlockBytes) std::memcpy(at + from, bytes_.data() + from, kBlockBytes);
  }

 private:
  std::size_t length_ = 0;
  std::vector<char> bytes_;
};

class ByteBuffer {
 public:
  // Where the next byte goes, with room for `bytes` of them; valid until the next room(). advance_to() says how far they were written.
  [[nodiscard]] char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) [[unlikely]]
      grow(bytes);
    return bytes_.get() + size_;
  }
  void advance_to(const char* end) {
    size_ = static_cast<std::size_t>(end - bytes_.get());
    RECKONER_CHECK(size_ <= capacity_, "{} of {} bytes", size_, capacity_);
  }

  void append(std::string_view bytes) {
    copy_short(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void append(const BlockText& text) {
    text.copy_to(room(text.padded_bytes()));
    size_ += text.length();
  }
  void append(char byte) {
    *room(1) = byte;
    ++size_;
  }
  void clear() { size_ = 0; }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const char> bytes() const { return {bytes_.get(), size_}; }
  [[nodiscard]] std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  void grow(std::size_t bytes) {
    constexpr std::size_t kLeast = 4096;
    std::size_t larger = capacity_ < kLeast ? kLeast : capacity_ * 2;
    while (larger - size_ < bytes) larger *= 2;
    std::unique_ptr<char[]> moved(new char[larger]);  // not cleared
    if (size_ != 0) std::memcpy(moved.get(), bytes_.get(), size_);
    bytes_ = std::move(moved);
    capacity_ = larger;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace reckoner
