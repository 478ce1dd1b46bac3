#include "rules/yaml_node.hpp"

#include "rules/source_text.hpp"

namespace reckoner {

namespace {

bool is_blank(char letter) { return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r'; }

std::size_t visible_bytes(std::string_view text) {
  std::size_t count = 0;
  for (const char letter : text) count += is_blank(letter) ? 0U : 1U;
  return count;
}

std::size_t utf8_bytes(std::uint32_t code) {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

// Bytes of text that the escape sequence at `raw` (a backslash first) yields, blanks not counted, and its length in the file.
struct Escape {
  std::size_t length = 2;
  std::size_t visible = 1;
};

Escape escape_at(std::string_view raw) {
  if (raw.size() < 2) return {1, 0};
  std::size_t digits = 0;
  switch (raw[1]) {
    case ' ':
    case 't':
    case '\t':
    case 'n':
    case 'r':
    case '\n':
    case '\r':
      return {2, 0};
    case 'N':
    case '_':
      return {2, 2};
    case 'L':
    case 'P':
      return {2, 3};
    case 'x':
      digits = 2;
      break;
    case 'u':
      digits = 4;
      break;
    case 'U':
      digits = 8;
      break;
    default:
      return {2, 1};
  }
  std::uint32_t code = 0;
  for (std::size_t i = 2; i < 2 + digits && i < raw.size(); ++i) {
    const char letter = raw[i];
    const int digit = letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10;
    code = code << 4U | (static_cast<std::uint32_t>(digit) & 0xFU);
  }
  const bool blank = code == ' ' || code == '\t' || code == '\n' || code == '\r';
  return {2 + digits, blank ? 0 : utf8_bytes(code)};
}

// Offset of the first byte of the content, after the quote or the block's header line.
std::size_t content_begin(std::string_view raw, const YamlNode& scalar) {
  if (scalar.style == ScalarStyle::kPlain) return scalar.offset;
  if (scalar.style != ScalarStyle::kBlock) return scalar.offset + 1;
  const std::size_t line_end = raw.find('\n', scalar.offset);
  return line_end == std::string_view::npos ? raw.size() : line_end + 1;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

// YAML's folding and indentation change blanks alone, so the n-th visible byte of the text is the n-th visible one of the content.
std::size_t offset_in_scalar(const SourceText& source, const YamlNode& scalar, std::size_t position) {
  const std::string_view raw = source.text();
  const std::string_view text = scalar.text;
  const bool at_end = position >= text.size();
  if (at_end) position = text.size();
  const std::size_t before = visible_bytes(text.substr(0, position));
  std::size_t seen = 0;
  std::size_t offset = content_begin(raw, scalar);
  std::size_t after_last = offset;
  while (offset < raw.size()) {
    if (!is_blank(raw[offset])) {
      if (seen >= before && !at_end) return offset;
      if (seen >= before) return after_last;
    }
    std::size_t length = 1;
    std::size_t visible = is_blank(raw[offset]) ? 0 : 1;
    if (scalar.style == ScalarStyle::kSingleQuoted && raw.substr(offset, 2) == "''") length = 2;
    if (scalar.style == ScalarStyle::kDoubleQuoted && raw[offset] == '\\') {
      const Escape escape = escape_at(raw.substr(offset));
      length = escape.length;
      visible = escape.visible;
    }
    seen += visible;
    offset += length;
    if (visible != 0) after_last = offset;
  }
  return after_last;
}

}  // namespace reckoner
