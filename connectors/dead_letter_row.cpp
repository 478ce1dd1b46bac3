#include "connectors/dead_letter_row.hpp"

#include <charconv>

#include "connectors/json_items.hpp"
#include "connectors/json_strict.hpp"
#include "engine/whole_number.hpp"

namespace reckoner {

namespace {

std::optional<std::string> text_of(std::string_view token) {
  if (!is_string(token)) return std::nullopt;
  std::string unescaped;
  return std::string(string_content(token, unescaped));
}

std::optional<std::string> from_hex(std::string_view token) {
  const std::optional<std::string> digits = text_of(token);
  if (!digits || digits->size() % 2 != 0) return std::nullopt;
  std::string bytes(digits->size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::uint8_t byte = 0;
    const char* const begin = digits->data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    bytes[i] = static_cast<char>(byte);
  }
  return bytes;
}

// Bytes stand as text, or in hexadecimal.
std::optional<std::string> bytes_of(std::string_view object, std::string_view field, std::string_view hex_field) {
  if (const std::string_view token = find_member(object, field); !token.empty()) return text_of(token);
  return from_hex(find_member(object, hex_field));
}

HeaderList headers_of(std::string_view row) {
  HeaderList headers;
  JsonItems items(find_member(row, "headers"));
  while (const std::optional<JsonItem> item = items.next())
    headers.emplace_back(bytes_of(item->value, "name", "name_hex").value_or(""), bytes_of(item->value, "value", "value_hex"));
  return headers;
}

}  // namespace

std::optional<DeadLetter> read_dead_letter_row(std::string_view row) {
  if (!validate_json_document(row, {kJsonDepthMax, false})) return std::nullopt;
  const auto text = [&](std::string_view field) { return text_of(find_member(row, field)); };
  const std::optional<std::int64_t> partition = whole_number(find_member(row, "partition"));
  const std::optional<std::int64_t> record = whole_number(find_member(row, "record"));
  const std::optional<std::string> input = text("input");
  const std::optional<std::string> code = text("code");
  if (!partition || !record || !input || !code) return std::nullopt;
  DeadLetter letter;
  letter.input = *input;
  letter.partition = static_cast<std::uint32_t>(*partition);
  letter.record = static_cast<std::uint64_t>(*record);
  letter.stage = text("stage").value_or("");
  letter.code = *code;
  letter.field = text("field").value_or("");
  letter.message = text("message").value_or("");
  letter.key = bytes_of(row, "key", "key_hex");
  letter.value = bytes_of(row, "raw", "raw_hex");
  letter.headers = headers_of(row);
  letter.timestamp_ms = whole_number(find_member(row, "timestamp"));
  return letter;
}

}  // namespace reckoner
