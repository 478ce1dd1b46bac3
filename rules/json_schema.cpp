#include "rules/json_schema.hpp"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "engine/check.hpp"

namespace reckoner {

namespace {

// Patterns as rules/literals reads them, without its bounds.
constexpr std::string_view kName = R"({"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$"})";
constexpr std::string_view kLabel = R"({"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"})";
constexpr std::string_view kDuration = R"({"type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$", "minLength": 2})";
constexpr std::string_view kSize = R"({"type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB|TiB)$"})";
constexpr std::string_view kMoment =
    R"({"type": "string", "pattern": "^(\\+([0-9]+(d|h|m|s|ms))+|[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt].*)$"})";
constexpr std::string_view kScalar = R"({"type": ["string", "number", "boolean"]})";
constexpr std::string_view kScalarOrNull = R"({"type": ["string", "number", "boolean", "null"]})";

// Definitions are collected while they are referred to.
class SchemaWriter {
 public:
  [[nodiscard]] std::string whole(const MapForm& form) {
    const std::string top = body(form);
    std::string text =
        fmt::format("{{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": {},\n  {}", json_text(form.what), top);
    if (!definitions_.empty()) {
      text += ",\n  \"definitions\": {";
      bool first = true;
      for (const auto& [name, definition] : definitions_) {
        text += fmt::format("{}\n    {}: {{{}}}", first ? "" : ",", json_text(name), definition);
        first = false;
      }
      text += "\n  }";
    }
    return text + "\n}\n";
  }

 private:
  [[nodiscard]] std::string body(const MapForm& form) {
    std::vector<std::string> properties;
    std::vector<std::string> required;
    for (const KeyInfo& key : form.keys) {
      std::string value = of(key);
      // A reference stands alone in draft-07.
      if (!value.starts_with("{\"$ref\"")) value.insert(1, fmt::format("\"description\": {}, ", json_text(key.meaning)));
      properties.push_back(fmt::format("{}: {}", json_text(key.name), value));
      if (key.required) required.push_back(json_text(key.name));
    }
    std::string text = fmt::format("\"type\": \"object\", \"description\": {}, \"additionalProperties\": false, \"properties\": {{\n      {}}}",
                                   json_text(form.meaning), fmt::join(properties, ",\n      "));
    if (!required.empty()) text += fmt::format(", \"required\": [{}]", fmt::join(required, ", "));
    return text;
  }

  [[nodiscard]] std::string reference(const KeyInfo& key) {
    const MapForm& inner = key.inner();
    const std::string name(inner.name);
    if (!definitions_.contains(name)) {
      definitions_[name];  // so that a form may refer to itself
      definitions_[name] = body(inner);
    }
    return fmt::format("{{\"$ref\": \"#/definitions/{}\"}}", name);
  }

  static std::string map_of(std::string_view value) {
    return fmt::format(R"({{"type": "object", "propertyNames": {}, "additionalProperties": {}}})", kName, value);
  }
  static std::string list_of(std::string_view value) { return fmt::format(R"({{"type": "array", "items": {}}})", value); }
  static std::string any_of(const std::vector<std::string>& values) { return fmt::format(R"({{"anyOf": [{}]}})", fmt::join(values, ", ")); }
  // Mappings whose keys may be names of columns, with points and signs in them.
  static std::string free_map_of(std::string_view value) { return fmt::format(R"({{"type": "object", "additionalProperties": {}}})", value); }

  [[nodiscard]] std::string of(const KeyInfo& key) {
    switch (key.form) {
      case ValueForm::kText:
        return R"({"type": "string"})";
      case ValueForm::kLabel:
        return std::string(kLabel);
      case ValueForm::kTruth:
        return R"({"type": "boolean"})";
      case ValueForm::kTrue:
        return R"({"const": true})";
      case ValueForm::kInteger:
        return fmt::format(R"({{"type": "integer", "minimum": {}, "maximum": {}}})", key.low, key.high);
      case ValueForm::kNumber:
        return R"({"type": ["number", "string"]})";
      case ValueForm::kDuration:
        return std::string(kDuration);
      case ValueForm::kSpan:
        return fmt::format(R"({{"anyOf": [{}, {{"type": "string", "pattern": "^[0-9]+bd$"}}]}})", kDuration);
      case ValueForm::kSize:
        return std::string(kSize);
      case ValueForm::kWord: {
        std::vector<std::string> words;
        for (const std::string_view word : key.words) words.push_back(json_text(word));
        return fmt::format(R"({{"enum": [{}]}})", fmt::join(words, ", "));
      }
      case ValueForm::kExpression:
        return std::string(kScalar);
      case ValueForm::kTexts:
        return any_of({R"({"type": "string"})", R"({"type": "array", "minItems": 1, "items": {"type": "string"}})"});
      case ValueForm::kPair:
        return R"({"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}})";
      case ValueForm::kMoment:
        return std::string(kMoment);
      case ValueForm::kMap:
        return reference(key);
      case ValueForm::kMapOfMaps:
        return map_of(reference(key));
      case ValueForm::kMapsByLabel:
        return fmt::format(R"({{"type": "object", "propertyNames": {}, "additionalProperties": {}}})", kLabel, reference(key));
      case ValueForm::kListOfMaps:
        return list_of(reference(key));
      case ValueForm::kExpressions:
        return map_of(kScalar);
      case ValueForm::kValues:
        return free_map_of(kScalarOrNull);
      case ValueForm::kRecords: {
        const std::string record = any_of({free_map_of(kScalarOrNull), R"({"type": ["string", "null"]})"});
        return map_of(any_of({record, list_of(record)}));
      }
      case ValueForm::kFieldValues:
        return map_of(free_map_of(kScalarOrNull));
      case ValueForm::kRows:
        return any_of({list_of(free_map_of(kScalarOrNull)), R"({"const": "any"})"});
      case ValueForm::kExpectation:
        return any_of({reference(key), list_of(free_map_of(kScalarOrNull)), R"({"const": "any"})"});
    }
    RECKONER_UNREACHABLE("a ValueForm outside its enumerators");
  }

  std::map<std::string, std::string> definitions_;
};

}  // namespace

std::string json_text(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    if (letter == '\n')
      result += "\\n";
    else if (static_cast<unsigned char>(letter) < 0x20)
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(letter));
    else
      result += letter;
  }
  return result + "\"";
}

std::string json_schema(const MapForm& form) { return SchemaWriter().whole(form); }

}  // namespace reckoner
