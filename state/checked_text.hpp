// Text files whose last line holds the checksum of all before it, so that a damaged one is never taken for another version's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

// `text` with its last line, "xxh3 " and sixteen hexadecimal digits of XXH3-64 (seed 0).
[[nodiscard]] std::string with_checksum(std::string text);
// What was given to with_checksum(); kCorruption when it is not, or does not begin with `magic`. A view into `text`.
[[nodiscard]] Result<std::string_view> checked_body(std::string_view text, std::string_view magic);

// Takes a text of space-separated words and lines apart. After the first thing that is not as asked for, nothing is. Views live as long as the text.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view word(char end);
  void expect(std::string_view label);  // and the space behind it
  [[nodiscard]] std::uint64_t number(char end);

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
  bool good_ = true;
};

}  // namespace reckoner
