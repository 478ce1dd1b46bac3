#include "rules/yaml_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/value_type.hpp"
#include "rules/literals.hpp"
#include "rules/map_forms.hpp"

namespace reckoner {

namespace {

std::string shape(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::kNothing:
      return "nothing";
    case YamlKind::kScalar:
      return "a single value";
    case YamlKind::kList:
      return "a list";
    case YamlKind::kMap:
      return "a mapping";
  }
  return {};
}

bool is_plain(const YamlNode& node) { return node.style == ScalarStyle::kPlain; }

}  // namespace

void add_finding(Findings& findings, const Written& place, DiagnosticCode code, std::string text, std::string advice) {
  findings.add(*place.source, place.node->offset, code, std::move(text), std::move(advice));
}

void ValueReader::fail(const YamlNode& node, DiagnosticCode code, std::string text, std::string advice) const {
  findings_.add(source_of(node), node.offset, code, std::move(text), std::move(advice));
}

bool ValueReader::is_scalar(const YamlNode& node, std::string_view wanted) const {
  if (node.is_scalar()) return true;
  const bool braces = node.kind == YamlKind::kMap || node.kind == YamlKind::kList;
  fail(node, DiagnosticCode::kWrongForm, fmt::format("{} is needed, this is {}", wanted, shape(node)),
       braces ? "put text that starts with { or [ into quotes" : "");
  return false;
}

bool ValueReader::is_map(const YamlNode& node, std::string_view what) const {
  if (node.kind == YamlKind::kMap) return true;
  fail(node, DiagnosticCode::kWrongForm, fmt::format("{} is a mapping (name: value), this is {}", what, shape(node)));
  return false;
}

bool ValueReader::is_list(const YamlNode& node, std::string_view what) const {
  if (node.kind == YamlKind::kList) return true;
  fail(node, DiagnosticCode::kWrongForm, fmt::format("{} is a list ([a, b]), this is {}", what, shape(node)));
  return false;
}

std::optional<Written> ValueReader::text(const YamlNode& node) const {
  if (!is_scalar(node, "a text")) return std::nullopt;
  if (is_plain(node)) {
    if (std::string surprise = plain_text_surprise(node.text); !surprise.empty()) {
      fail(node, DiagnosticCode::kSurprise, std::move(surprise));
      return std::nullopt;
    }
  }
  return Written{node.text, &source_of(node), &node};
}

std::optional<Written> ValueReader::name(const YamlNode& node) const {
  if (!is_scalar(node, "a name")) return std::nullopt;
  if (!is_name(node.text)) {
    fail(node, DiagnosticCode::kBadName, fmt::format("'{}' is not a name", node.text));
    return std::nullopt;
  }
  if (is_reserved_word(node.text)) {
    fail(node, DiagnosticCode::kReservedName, fmt::format("'{}' is a word of the expression language", node.text));
    return std::nullopt;
  }
  return Written{node.text, &source_of(node), &node};
}

std::optional<Written> ValueReader::label(const YamlNode& node) const {
  std::optional<Written> result = text(node);
  if (!result) return result;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (result->text.empty() || result->text.size() > 64 || result->text.find_first_not_of(kLetters) != std::string::npos) {
    fail(node, DiagnosticCode::kBadName, fmt::format("'{}' is not a label", result->text), "use letters, digits, '-', '_' and '.', at most 64");
    return std::nullopt;
  }
  return result;
}

std::optional<Written> ValueReader::expression(const YamlNode& node) const {
  if (!is_scalar(node, "an expression")) return std::nullopt;
  return Written{node.text, &source_of(node), &node};
}

std::optional<bool> ValueReader::truth(const YamlNode& node) const {
  if (!is_scalar(node, "true or false")) return std::nullopt;
  if (is_plain(node) && (node.text == "true" || node.text == "false")) return node.text == "true";
  fail(node, DiagnosticCode::kWrongForm, fmt::format("'{}' is neither true nor false", node.text),
       "write true or false, in lower case and without quotes");
  return std::nullopt;
}

std::optional<std::int64_t> ValueReader::integer(const YamlNode& node, std::int64_t low, std::int64_t high) const {
  if (!is_scalar(node, "a whole number")) return std::nullopt;
  const Parsed<ExactNumber> number = parse_number(node.text);
  if (!number) {
    fail(node, DiagnosticCode::kBadNumber, number.error());
    return std::nullopt;
  }
  if (!is_plain(node) || number->scale != 0) {
    fail(node, DiagnosticCode::kBadNumber, fmt::format("'{}' is not a whole number", node.text), "write plain digits, without quotes or point");
    return std::nullopt;
  }
  if (number->unscaled < low || number->unscaled > high) {
    fail(node, DiagnosticCode::kOutOfRange, fmt::format("{} is not between {} and {}", node.text, low, high));
    return std::nullopt;
  }
  return number->unscaled;
}

std::optional<std::int64_t> ValueReader::duration(const YamlNode& node, std::int64_t low_ms, std::int64_t high_ms) const {
  if (!is_scalar(node, "a duration")) return std::nullopt;
  const Parsed<std::int64_t> value = parse_duration(node.text);
  if (!value) {
    fail(node, DiagnosticCode::kBadDuration, value.error());
    return std::nullopt;
  }
  if (*value < low_ms || *value > high_ms) {
    fail(node, DiagnosticCode::kOutOfRange, fmt::format("{} is not between {} and {}", node.text, duration_text(low_ms), duration_text(high_ms)));
    return std::nullopt;
  }
  return *value;
}

std::optional<std::uint64_t> ValueReader::size(const YamlNode& node, std::uint64_t low, std::uint64_t high) const {
  if (!is_scalar(node, "a size")) return std::nullopt;
  const Parsed<std::uint64_t> value = parse_size(node.text);
  if (!value) {
    fail(node, DiagnosticCode::kBadSize, value.error());
    return std::nullopt;
  }
  if (*value < low || *value > high) {
    fail(node, DiagnosticCode::kOutOfRange, fmt::format("{} is not between {} and {} bytes", node.text, low, high));
    return std::nullopt;
  }
  return *value;
}

std::optional<std::string> ValueReader::one_of(const YamlNode& node, std::span<const std::string> words) const {
  if (!is_scalar(node, "a word")) return std::nullopt;
  if (std::find(words.begin(), words.end(), node.text) != words.end()) return node.text;
  fail(node, DiagnosticCode::kNotOneOf, fmt::format("'{}' is none of the words allowed here", node.text), name_advice(node.text, words));
  return std::nullopt;
}

std::vector<Written> ValueReader::texts(const YamlNode& node) const {
  std::vector<Written> results;
  if (node.kind != YamlKind::kList) {
    if (std::optional<Written> only = text(node)) results.push_back(std::move(*only));
    return results;
  }
  for (const YamlNode& item : node.items) {
    if (std::optional<Written> one = text(item)) results.push_back(std::move(*one));
  }
  if (node.items.empty()) fail(node, DiagnosticCode::kWrongForm, "the list is empty", "name at least one");
  return results;
}

MapReader::MapReader(const ValueReader& values, const YamlNode& map, const MapForm& form) : values_(values), map_(map), form_(form) {
  for (const YamlNode& key : map.keys) {
    // A merge key has its finding already.
    if (key.text == "<<" || form.find(key.text) != nullptr) continue;
    values.fail(key, DiagnosticCode::kUnknownKey, fmt::format("{} has no key '{}'", form.what, key.text), name_advice(key.text, form.names()));
  }
}

const YamlNode* MapReader::find(std::string_view key) const {
  const YamlNode* found = map_.find(key);
  if (found == nullptr || found->kind != YamlKind::kNothing) return found;
  values_.fail(*found, DiagnosticCode::kWrongForm, fmt::format("'{}' has no value", key), "give it a value, or remove the key");
  return nullptr;
}

const YamlNode* MapReader::require(std::string_view key) const {
  if (map_.find(key) == nullptr)
    values_.fail(map_, DiagnosticCode::kMissingKey, fmt::format("{} lacks '{}'", form_.what, key), fmt::format("add '{}: ...'", key));
  return find(key);
}

}  // namespace reckoner
