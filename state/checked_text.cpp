#include "state/checked_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/checksum.hpp"
#include "engine/error.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kSumLabel = "xxh3 ";

std::unexpected<Error> damaged() { return fail(ErrorKind::kCorruption, "is damaged: its text does not have its checksum"); }

std::string last_line(std::string_view body) { return fmt::format("{}{:016x}\n", kSumLabel, checksum(body)); }

}  // namespace

std::string with_checksum(std::string text) {
  text += last_line(text);
  return text;
}

Result<std::string_view> checked_body(std::string_view text, std::string_view magic) {
  const std::size_t label = text.rfind(kSumLabel);
  if (label == std::string_view::npos || !text.starts_with(magic)) return damaged();
  const std::string_view body = text.substr(0, label);
  if (text.substr(label) != last_line(body)) return damaged();
  return body;
}

std::string_view Words::word(char end) {
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

void Words::expect(std::string_view label) {
  if (word(' ') != label) good_ = false;
}

std::uint64_t Words::number(char end) {
  const std::string_view digits = word(end);
  std::uint64_t value = 0;
  const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || at != digits.data() + digits.size()) good_ = false;
  return value;
}

}  // namespace reckoner
