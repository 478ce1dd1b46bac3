#include "connectors/json_fault.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include "connectors/utf8.hpp"

namespace reckoner {

namespace {

struct StringFault {
  std::size_t at = 0;
  bool control = false;
};

// The first control byte inside a string, else the opening quote of the string that does not end.
std::optional<StringFault> find_string_fault(std::string_view text) {
  std::optional<std::size_t> opened;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (opened && static_cast<unsigned char>(c) < 0x20) return StringFault{at, true};
    if (opened && c == '\\') {
      ++at;
    } else if (c == '"') {
      opened = opened ? std::nullopt : std::optional(at);
    }
  }
  return opened ? std::optional(StringFault{*opened, false}) : std::nullopt;
}

}  // namespace

JsonFault find_text_fault(std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return {RejectCode::kBadUtf8, -1, find_invalid_utf8(text) + 1, "not UTF-8; write the record in UTF-8"};
  }
  if (const std::optional<StringFault> fault = find_string_fault(text)) {
    if (!fault->control) return {RejectCode::kBadJson, -1, fault->at + 1, "the string that begins here does not end; send whole records"};
    const auto byte = static_cast<unsigned char>(text[fault->at]);
    return {RejectCode::kBadJson, -1, fault->at + 1, fmt::format("control byte 0x{:02x} in a string; escape it", byte)};
  }
  return {RejectCode::kBadJson, -1, 1, "not a JSON document; send one document a record"};
}

}  // namespace reckoner
