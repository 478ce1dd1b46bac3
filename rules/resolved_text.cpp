#include "rules/resolved_text.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "rules/yaml_writer.hpp"

namespace reckoner {

namespace {

std::optional<YamlNode> take(YamlNode& map, std::string_view key) {
  for (std::size_t i = 0; i < map.items.size(); ++i) {
    if (map.keys[i].text != key) continue;
    YamlNode taken = std::move(map.items[i]);
    map.keys.erase(map.keys.begin() + static_cast<std::ptrdiff_t>(i));
    map.items.erase(map.items.begin() + static_cast<std::ptrdiff_t>(i));
    return taken;
  }
  return std::nullopt;
}

}  // namespace

std::string resolved_text(YamlNode document, std::span<const SourceTree> rules) {
  static_cast<void>(take(document, "environments"));
  // A rule set may have rules in ruleset.yaml and in files: here they are one list.
  const std::optional<YamlNode> inside = rules.empty() ? std::nullopt : take(document, "rules");
  std::string text = "# resolved rule set";
  write_yaml_entries(document, 0, text);
  if (!rules.empty()) text += "\nrules:";
  if (inside) {
    for (const YamlNode& rule : inside->items) write_yaml_item(rule, 1, text);
  }
  for (const SourceTree& rule : rules) write_yaml_item(rule.root, 1, text);
  return text + "\n";
}

}  // namespace reckoner
