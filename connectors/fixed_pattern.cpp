#include "connectors/fixed_pattern.hpp"

#include <charconv>

namespace reckoner {

namespace {

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Outside a class these mean themselves; '.' and the rest of the punctuation may mean something.
bool is_literal(char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '/' || c == ':' || c == ' '; }

}  // namespace

std::optional<FixedPattern> FixedPattern::make(std::string_view pattern) {
  FixedPattern made;
  while (!pattern.empty()) {
    const std::optional<ByteClass> byte_class = take_class(pattern);
    if (!byte_class) return std::nullopt;
    const std::optional<std::size_t> times = take_repeat(pattern);
    if (!times || made.bytes_.size() + *times > kLengthMax) return std::nullopt;
    made.bytes_.insert(made.bytes_.end(), *times, static_cast<std::uint8_t>(made.classes_.size()));
    made.classes_.push_back(*byte_class);
  }
  return made;
}

// A literal, or a class of letters, digits, '_' and ranges between two letters or digits.
std::optional<FixedPattern::ByteClass> FixedPattern::take_class(std::string_view& pattern) {
  ByteClass bytes;
  if (is_literal(pattern[0])) {
    bytes.set(static_cast<unsigned char>(pattern[0]));
    pattern.remove_prefix(1);
    return bytes;
  }
  if (pattern[0] != '[') return std::nullopt;
  pattern.remove_prefix(1);
  while (!pattern.empty() && pattern[0] != ']') {
    const char low = pattern[0];
    if (!is_letter_or_digit(low) && low != '_') return std::nullopt;
    char high = low;
    std::size_t taken = 1;
    if (pattern.size() >= 3 && pattern[1] == '-') {
      high = pattern[2];
      taken = 3;
      if (!is_letter_or_digit(low) || !is_letter_or_digit(high) || high < low) return std::nullopt;
    }
    for (int byte = low; byte <= high; ++byte) bytes.set(static_cast<std::size_t>(byte));
    pattern.remove_prefix(taken);
  }
  if (pattern.empty() || bytes.none()) return std::nullopt;
  pattern.remove_prefix(1);
  return bytes;
}

// {n}, or once when nothing follows that changes the count.
std::optional<std::size_t> FixedPattern::take_repeat(std::string_view& pattern) {
  if (pattern.empty() || is_literal(pattern[0]) || pattern[0] == '[') return 1;
  if (pattern[0] != '{') return std::nullopt;
  std::size_t times = 0;
  const char* const begin = pattern.data() + 1;
  const auto [end, error] = std::from_chars(begin, pattern.data() + pattern.size(), times);
  if (error != std::errc{} || end == pattern.data() + pattern.size() || *end != '}' || times == 0) return std::nullopt;
  pattern.remove_prefix(static_cast<std::size_t>(end - pattern.data()) + 1);
  // A second count or a '?' would change what the first means.
  if (!pattern.empty() && !is_literal(pattern[0]) && pattern[0] != '[') return std::nullopt;
  return times;
}

}  // namespace reckoner
