// The byte-level checks of read_yaml: they bound what the YAML parser has to look at.
#include <fmt/format.h>

#include "rules/yaml_reader.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kBadSequence = 0;

// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629: no overlong forms, no surrogates), or kBadSequence.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : kBadSequence;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return kBadSequence;
    if (first == 0xE0 && byte(1) < 0xA0) return kBadSequence;
    return first == 0xED && byte(1) > 0x9F ? kBadSequence : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return kBadSequence;
    if (first == 0xF0 && byte(1) < 0x90) return kBadSequence;
    return first == 0xF4 && byte(1) > 0x8F ? kBadSequence : 4;
  }
  return kBadSequence;
}

// Says what is wrong with the character at `offset`, or nothing.
bool check_character(const SourceText& source, std::size_t offset, std::size_t length, Findings& findings) {
  const std::string_view text = source.text();
  const char letter = text[offset];
  if (length == kBadSequence) {
    findings.add(source, offset, DiagnosticCode::kYamlText, fmt::format("byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(letter)));
    return false;
  }
  if (letter == '\t') {
    findings.add(source, offset, DiagnosticCode::kYamlTab, "a tab");
    return false;
  }
  const bool line_end = letter == '\n' || (letter == '\r' && offset + 1 < text.size() && text[offset + 1] == '\n');
  const auto code = static_cast<unsigned char>(letter);
  if (!line_end && (code < 0x20 || code == 0x7F)) {
    findings.add(source, offset, DiagnosticCode::kYamlText, fmt::format("control character 0x{:02x}", code),
                 "is this a text file? remove the character");
    return false;
  }
  const std::string_view sequence = text.substr(offset, length);
  // Line separators of YAML 1.1 and a byte order mark inside the text would shift positions or vanish.
  if (sequence == "\xC2\x85" || sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9" || sequence == "\xEF\xBB\xBF") {
    findings.add(source, offset, DiagnosticCode::kYamlText, "an invisible line separator or byte order mark", "remove the character");
    return false;
  }
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == kBadSequence) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool check_yaml_text(const SourceText& source, Findings& findings, const YamlLimits& limits) {
  const std::string_view text = source.text();
  if (text.size() > limits.bytes) {
    findings.add(source, 0, DiagnosticCode::kYamlTooLarge, fmt::format("the file has more than {} KiB", limits.bytes / 1024));
    return false;
  }
  const std::size_t size_before = findings.size();
  constexpr std::size_t kReportedMax = 5;  // a binary file would fill the list
  std::size_t line_begin = 0;
  for (std::size_t offset = 0; offset < text.size() && findings.size() < size_before + kReportedMax;) {
    const std::size_t length = utf8_sequence(text.substr(offset));
    const bool fine = check_character(source, offset, length, findings);
    if (!fine && text[offset] != '\t') return false;
    if (text[offset] == '\n') line_begin = offset + 1;
    if (offset >= line_begin + limits.line_bytes) {
      findings.add(source, line_begin, DiagnosticCode::kYamlTooLarge, fmt::format("a line of more than {} bytes", limits.line_bytes),
                   "break the line");
      return false;
    }
    offset += length;
  }
  return findings.size() == size_before;
}

}  // namespace reckoner
