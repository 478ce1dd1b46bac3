#include "rules/yaml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace reckoner {

namespace {

constexpr std::string_view kPlainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

// Characters that no file may hold as they are (rules/yaml_text.cpp), but an escape in quotes may.
struct Escape {
  std::string_view letter;
  std::string_view written;
};
constexpr std::array<Escape, 8> kEscapes{{{"\"", "\\\""},
                                          {"\\", "\\\\"},
                                          {"\n", "\\n"},
                                          {"\x7F", "\\x7f"},
                                          {"\xC2\x85", "\\x85"},
                                          {"\xE2\x80\xA8", "\\L"},
                                          {"\xE2\x80\xA9", "\\P"},
                                          {"\xEF\xBB\xBF", "\\uFEFF"}}};

std::string quoted(std::string_view plain) {
  std::string text = "\"";
  while (!plain.empty()) {
    const auto escape = std::find_if(kEscapes.begin(), kEscapes.end(), [&](const Escape& one) { return plain.starts_with(one.letter); });
    if (escape != kEscapes.end()) {
      text += escape->written;
      plain.remove_prefix(escape->letter.size());
      continue;
    }
    if (const auto code = static_cast<unsigned char>(plain.front()); code < 0x20)
      text += fmt::format("\\x{:02x}", code);
    else
      text += plain.front();
    plain.remove_prefix(1);
  }
  return text + "\"";
}

// Quoted as in JSON, which YAML understands. Plain scalars of harmless letters stay plain, since quotes decide how a parameter is read.
std::string scalar_text(const YamlNode& scalar) {
  const bool harmless = !scalar.text.empty() && scalar.text.front() != '-' && scalar.text.find_first_not_of(kPlainLetters) == std::string::npos;
  const bool negative = scalar.text.size() > 1 && scalar.text.front() == '-' && scalar.text.find_first_not_of("0123456789.", 1) == std::string::npos;
  if (scalar.style == ScalarStyle::kPlain && (harmless || negative)) return scalar.text;
  return quoted(scalar.text);
}

std::string comment_text(const YamlNode& node, const YamlComments& comments) {
  const auto found = comments.find(&node);
  return found == comments.end() ? std::string() : "  # " + found->second;
}

// What stands behind a key's colon or a list's dash.
void write(const YamlNode& node, std::size_t depth, std::string& text, const YamlComments& comments) {
  const std::string comment = comment_text(node, comments);
  if (node.kind == YamlKind::kScalar) {
    text += " " + scalar_text(node) + comment;
  } else if (node.kind == YamlKind::kNothing) {
    text += " ~" + comment;
  } else if (node.items.empty()) {
    text += (node.kind == YamlKind::kList ? " []" : " {}") + comment;
  } else if (node.kind == YamlKind::kMap) {
    text += comment;
    write_yaml_entries(node, depth, text, comments);
  } else {
    text += comment;
    for (const YamlNode& item : node.items) write_yaml_item(item, depth, text, comments);
  }
}

}  // namespace

void write_yaml_entries(const YamlNode& map, std::size_t depth, std::string& text, const YamlComments& comments) {
  for (std::size_t i = 0; i < map.items.size(); ++i) {
    text += fmt::format("\n{:{}}{}:", "", 2 * depth, scalar_text(map.keys[i]));
    write(map.items[i], depth + 1, text, comments);
  }
}

void write_yaml_item(const YamlNode& item, std::size_t depth, std::string& text, const YamlComments& comments) {
  text += fmt::format("\n{:{}}-", "", 2 * depth);
  write(item, depth + 1, text, comments);
}

}  // namespace reckoner
