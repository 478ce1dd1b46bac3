#include "rules/resolved_text.hpp"

#include <fmt/format.h>

namespace reckoner {

namespace {

constexpr std::string_view kPlainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

// Quoted as in JSON, which YAML understands. Plain scalars of harmless letters stay plain, since quotes decide how a parameter is read.
std::string scalar_text(const YamlNode& scalar) {
  const bool harmless = !scalar.text.empty() && scalar.text.front() != '-' && scalar.text.find_first_not_of(kPlainLetters) == std::string::npos;
  const bool negative = scalar.text.size() > 1 && scalar.text.front() == '-' && scalar.text.find_first_not_of("0123456789.", 1) == std::string::npos;
  if (scalar.style == ScalarStyle::kPlain && (harmless || negative)) return scalar.text;
  std::string text = "\"";
  for (const char letter : scalar.text) {
    if (letter == '"' || letter == '\\') text += '\\';
    if (letter == '\n')
      text += "\\n";
    else if (static_cast<unsigned char>(letter) < 0x20)
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(letter));
    else
      text += letter;
  }
  return text + "\"";
}

void write(const YamlNode& node, std::size_t depth, std::string& text);

void write_entries(const YamlNode& map, std::size_t depth, std::string& text) {
  for (std::size_t i = 0; i < map.items.size(); ++i) {
    text += fmt::format("\n{:{}}{}:", "", 2 * depth, scalar_text(map.keys[i]));
    write(map.items[i], depth + 1, text);
  }
}

void write_items(std::span<const YamlNode> items, std::size_t depth, std::string& text) {
  for (const YamlNode& item : items) {
    text += fmt::format("\n{:{}}-", "", 2 * depth);
    write(item, depth + 1, text);
  }
}

void write(const YamlNode& node, std::size_t depth, std::string& text) {
  switch (node.kind) {
    case YamlKind::kNothing:
      text += " ~";
      return;
    case YamlKind::kScalar:
      text += " " + scalar_text(node);
      return;
    case YamlKind::kList:
      if (node.items.empty())
        text += " []";
      else
        write_items(node.items, depth, text);
      return;
    case YamlKind::kMap:
      if (node.items.empty())
        text += " {}";
      else
        write_entries(node, depth, text);
      return;
  }
}

}  // namespace

std::string resolved_text(const YamlNode& document, std::span<const YamlNode> rules) {
  std::string text = "# resolved rule set";
  write_entries(document, 0, text);
  if (!rules.empty()) {
    text += "\nrules:";
    write_items(rules, 1, text);
  }
  return text + "\n";
}

}  // namespace reckoner
