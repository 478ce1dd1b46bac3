// Text of generated lines, at memory speed: integers only, no locale, so that bytes are equal on every machine.
// The buffer grows as needed and is the writer's own; `written()` is valid until the next append or `clear`. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/check.hpp"

namespace reckoner {

class LineWriter {
 public:
  // The longest line that may be built; longer is a programmer error.
  static constexpr std::size_t kLineBytesMax = 1024;

  // Makes room for one line of at most kLineBytesMax bytes; call it before the first append of each line.
  void begin_line() {
    if (bytes_.size() - used_ < kLineBytesMax) bytes_.resize(bytes_.size() * 2 + 4 * kLineBytesMax);
    line_end_max_ = used_ + kLineBytesMax;
  }

  void text(std::string_view value) {
    RECKONER_CHECK(used_ + value.size() <= line_end_max_, "line longer than {} bytes", kLineBytesMax);
    std::memcpy(bytes_.data() + used_, value.data(), value.size());
    used_ += value.size();
  }

  // Decimal digits, with zeros in front up to `width` (at most 20).
  void number(std::uint64_t value, std::size_t width = 1) {
    char digits[20];
    std::size_t first = sizeof digits;
    for (; value >= 100; value /= 100) std::memcpy(digits + (first -= 2), kPairs + 2 * (value % 100), 2);
    if (value >= 10) {
      std::memcpy(digits + (first -= 2), kPairs + 2 * value, 2);
    } else {
      digits[--first] = static_cast<char>('0' + value);
    }
    while (sizeof digits - first < width) digits[--first] = '0';
    text({digits + first, sizeof digits - first});
  }

  void signed_number(std::int64_t value) {
    if (value < 0) text("-");
    number(magnitude(value));
  }

  // The low 4 * `width` bits in lower-case hexadecimal, `width` digits (at most 16).
  void hexadecimal(std::uint64_t value, std::size_t width) {
    char digits[16];
    for (std::size_t i = width; i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 0xf];
    text({digits, width});
  }

  // A count of 10^-`places` as a decimal number: (-5, 2) is -0.05.
  void fixed_point(std::int64_t value, std::size_t places) {
    std::uint64_t scale = 1;
    for (std::size_t i = 0; i < places; ++i) scale *= 10;
    if (value < 0) text("-");
    number(magnitude(value) / scale);
    text(".");
    number(magnitude(value) % scale, places);
  }

  [[nodiscard]] std::string_view written() const { return {bytes_.data(), used_}; }
  [[nodiscard]] std::size_t size() const { return used_; }
  void clear() { used_ = 0; }

 private:
  static constexpr char kPairs[] =
      "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869"
      "707172737475767778798081828384858687888990919293949596979899";

  static std::uint64_t magnitude(std::int64_t value) {
    return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  }

  std::string bytes_;
  std::size_t used_ = 0;
  std::size_t line_end_max_ = 0;
};

}  // namespace reckoner
