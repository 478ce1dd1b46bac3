#include "app/job_schema.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "app/job_file.hpp"
#include "rules/json_schema.hpp"

namespace reckoner {

namespace {

// Settings by the parts of their paths; a leaf has an info.
struct Level {
  const SettingInfo* info = nullptr;
  std::map<std::string, Level> inside;
};

std::string words_text(std::string_view choices) {
  std::string words;
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find('|'), choices.size());
    words += fmt::format("{}{}", words.empty() ? "" : ", ", json_text(choices.substr(0, end)));
    choices.remove_prefix(std::min(choices.size(), end + 1));
  }
  return words;
}

std::string form_of(const SettingInfo& info) {
  switch (info.kind) {
    case SettingKind::kText:
      return R"("type": ["string", "number", "boolean"])";
    case SettingKind::kPath:
      return R"("type": "string")";
    case SettingKind::kPaths:
    case SettingKind::kTexts:
      return R"("anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}])";
    case SettingKind::kInteger:
      return fmt::format(R"("type": "integer", "minimum": {}, "maximum": {})", info.low, info.high);
    case SettingKind::kDuration:
      return R"("type": "string", "pattern": "^([0-9]+(d|h|m|s|ms))+$")";
    case SettingKind::kSize:
      return R"("type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB|TiB)$")";
    case SettingKind::kFlag:
      return R"("type": "boolean")";
    case SettingKind::kChoice:
      return fmt::format(R"("enum": [{}])", words_text(info.choices));
  }
  return {};
}

std::string schema_of(const Level& level, std::size_t depth) {
  if (level.info != nullptr) return fmt::format("\"description\": {}, {}", json_text(level.info->text), form_of(*level.info));
  std::string properties;
  std::string others = "false";
  for (const auto& [name, inner] : level.inside) {
    const std::string text = fmt::format("{{{}}}", schema_of(inner, depth + 1));
    if (name == "*")
      others = text;
    else
      properties += fmt::format("{}\n{:{}}{}: {}", properties.empty() ? "" : ",", "", 2 * depth + 2, json_text(name), text);
  }
  return fmt::format("\"type\": \"object\", \"additionalProperties\": {}, \"properties\": {{{}}}", others, properties);
}

}  // namespace

std::string job_schema() {
  Level top;
  for (const SettingInfo& info : setting_table()) {
    Level* level = &top;
    std::string_view rest = info.path;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('.'), rest.size());
      level = &level->inside[std::string(rest.substr(0, end))];
      rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    level->info = &info;
  }
  return fmt::format("{{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"a job file\",\n  {}\n}}\n", schema_of(top, 1));
}

}  // namespace reckoner
