// The `inputs` of ruleset.yaml.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "engine/envelope_path.hpp"
#include "rules/literals.hpp"
#include "rules/map_forms.hpp"
#include "rules/rule_set_reader.hpp"

namespace reckoner {

namespace {

ValueKind kind_of(const std::string& word) {
  if (word == "integer") return ValueKind::kInteger;
  if (word == "decimal") return ValueKind::kDecimal;
  if (word == "money") return ValueKind::kMoney;
  if (word == "string") return ValueKind::kString;
  if (word == "enum") return ValueKind::kEnum;
  return word == "time" ? ValueKind::kTime : ValueKind::kBool;
}

TimeFormat format_of(const std::string& word) {
  if (word == "s") return TimeFormat::kSeconds;
  if (word == "us") return TimeFormat::kMicroseconds;
  if (word == "ns") return TimeFormat::kNanoseconds;
  if (word == "days") return TimeFormat::kDays;
  return word == "rfc3339" ? TimeFormat::kRfc3339 : TimeFormat::kMilliseconds;
}

// Reads one field; each function adds findings and marks the field broken where its type is not known.
class FieldReader {
 public:
  FieldReader(const MapReader& map, FieldDefinition& into) : map_(map), values_(map.values()), into_(into), field_(into.field) {}

  void read() {
    read_type();
    read_path();
    if (const YamlNode* node = map_.find("required")) field_.required = values_.truth(*node).value_or(false);
    field_.minimum = read_limit("min");
    field_.maximum = read_limit("max");
    if (field_.minimum && field_.maximum && *field_.minimum > *field_.maximum) {
      values_.fail(*map_.find("min"), DiagnosticCode::kEmptyRange, fmt::format("min of '{}' is above its max", field_.name));
    }
    read_text_limits();
  }

 private:
  void read_type() {
    const YamlNode* node = map_.require("type");
    const std::optional<std::string> word = node != nullptr ? values_.one_of(*node, words_of(field_form(), "type")) : std::nullopt;
    if (!word) {
      into_.broken = true;
      return;
    }
    field_.type.kind = kind_of(*word);
    read_scale(*word);
    read_currency(*word);
    read_names(*word);
    if (const YamlNode* format = only_for("format", "time", *word))
      field_.time_format = format_of(values_.one_of(*format, words_of(field_form(), "format")).value_or("ms"));
  }

  // The value of a key that means something for one type alone.
  const YamlNode* only_for(std::string_view key, std::string_view type, const std::string& word) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr || word == type) return node;
    values_.fail(*node, DiagnosticCode::kWrongForm, fmt::format("'{}' means nothing for a field of type {}", key, word), "remove it");
    return nullptr;
  }

  void read_scale(const std::string& word) {
    if (word != "decimal" && word != "money") {
      static_cast<void>(only_for("scale", "decimal", word));
      return;
    }
    const YamlNode* node = map_.require("scale");
    const std::optional<std::int64_t> scale = node != nullptr ? values_.integer(*node, 0, kScaleMax) : std::nullopt;
    into_.broken = into_.broken || !scale;
    field_.type.scale = static_cast<std::uint8_t>(scale.value_or(0));
  }

  void read_currency(const std::string& word) {
    if (word != "money") {
      static_cast<void>(only_for("currency", "money", word));
      return;
    }
    const YamlNode* node = map_.require("currency");
    const std::optional<Written> text = node != nullptr ? values_.text(*node) : std::nullopt;
    const bool valid = text && text->text.size() == 3 && text->text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
    if (text && !valid)
      values_.fail(*node, DiagnosticCode::kBadName, fmt::format("'{}' is not a currency", text->text),
                   "write the three capital letters of ISO 4217, for example USD");
    into_.broken = into_.broken || !valid;
    if (valid) std::copy_n(text->text.begin(), 3, field_.type.currency.begin());
  }

  void read_names(const std::string& word) {
    if (word != "enum") {
      static_cast<void>(only_for("names", "enum", word));
      return;
    }
    const YamlNode* node = map_.require("names");
    if (node == nullptr || !values_.is_list(*node, "'names'")) {
      into_.broken = true;
      return;
    }
    std::vector<std::string> names;
    for (const Written& name : values_.texts(*node)) {
      if (std::find(names.begin(), names.end(), name.text) != names.end()) {
        values_.fail(*name.node, DiagnosticCode::kDuplicateName, fmt::format("'{}' is there twice", name.text), "remove one");
      } else {
        names.push_back(name.text);
      }
    }
    if (names.size() > kEnumNamesMax) values_.fail(*node, DiagnosticCode::kTooMany, fmt::format("more than {} names", kEnumNamesMax), "use a string");
    into_.broken = into_.broken || names.size() != node->items.size() || names.empty();
    field_.type.names = std::make_shared<const std::vector<std::string>>(std::move(names));
  }

  void read_path() {
    field_.path = field_.name;
    const YamlNode* node = map_.find("path");
    if (node == nullptr) return;
    const std::optional<Written> path = values_.text(*node);
    if (!path) return;
    const bool valid = !path->text.empty() && path->text.front() != '.' && path->text.back() != '.' && path->text.find("..") == std::string::npos;
    if (!valid)
      values_.fail(*node, DiagnosticCode::kBadName, fmt::format("'{}' is not a path", path->text), "write member names joined by points: a.b");
    if (std::count(path->text.begin(), path->text.end(), '.') >= kJsonDepthMax)
      values_.fail(*node, DiagnosticCode::kOutOfRange, "the path is deeper than any record may be");
    field_.path = path->text;
  }

  std::optional<std::int64_t> read_limit(std::string_view key) {
    const YamlNode* node = map_.find(key);
    if (node == nullptr || into_.broken) return std::nullopt;
    if (!field_.type.is_numeric()) {
      values_.fail(*node, DiagnosticCode::kWrongForm, fmt::format("'{}' means nothing for a field of type {}", key, to_text(field_.type)),
                   "remove it");
      return std::nullopt;
    }
    if (!node->is_scalar()) {
      values_.fail(*node, DiagnosticCode::kBadNumber, fmt::format("'{}' takes a number", key));
      return std::nullopt;
    }
    std::string text = node->text;
    const std::string currency = fmt::format(" {}", field_.type.currency_text());
    if (field_.type.kind == ValueKind::kMoney && text.ends_with(currency)) text.resize(text.size() - currency.size());
    const Parsed<ExactNumber> number = parse_number(text);
    if (!number) {
      values_.fail(*node, DiagnosticCode::kBadNumber, number.error());
      return std::nullopt;
    }
    const std::optional<std::int64_t> limit = rescale_exactly(*number, field_.type.scale);
    if (!limit)
      values_.fail(*node, DiagnosticCode::kBadNumber, fmt::format("'{}' does not fit {}", text, to_text(field_.type)),
                   "use no more digits after the point than the field has");
    return limit;
  }

  void read_text_limits() {
    const YamlNode* length = map_.find("max_length");
    const YamlNode* pattern = map_.find("pattern");
    if (into_.broken) return;
    const bool is_string = field_.type.kind == ValueKind::kString;
    if (!is_string) {
      for (const YamlNode* node : {length, pattern}) {
        if (node != nullptr)
          values_.fail(*node, DiagnosticCode::kWrongForm, fmt::format("only strings have a length or a pattern, this is {}", to_text(field_.type)),
                       "remove it");
      }
      return;
    }
    if (length != nullptr) field_.length_max = static_cast<std::uint32_t>(values_.integer(*length, 1, kRecordBytesMax).value_or(field_.length_max));
    const std::optional<Written> text = pattern != nullptr ? values_.text(*pattern) : std::nullopt;
    if (!text) return;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    const RE2 compiled(text->text, options);
    if (!compiled.ok()) values_.fail(*pattern, DiagnosticCode::kBadPattern, fmt::format("the pattern is not valid: {}", compiled.error()));
    field_.pattern = text->text;
  }

  const MapReader& map_;
  const ValueReader& values_;
  FieldDefinition& into_;
  Field& field_;
};

bool read_before(const ValueReader& values, const YamlNode& node, const FieldDefinition& field) {
  if (!values.truth(node).value_or(false)) return false;
  if (!is_envelope_path(field.field.path)) return true;
  values.fail(node, DiagnosticCode::kWrongForm,
              fmt::format("'{}' is no column of a row, so that it has no value before the change", field.field.path), "remove 'before'");
  return false;
}

// The same column before the change: nothing is asked of it but its type.
FieldDefinition before_of(const FieldDefinition& field) {
  FieldDefinition before;
  before.name = field.name;
  before.name.text = fmt::format("{}.before", field.name.text);
  before.field.name = before.name.text;
  before.field.path = fmt::format("{}{}", kBeforePath, field.field.path);
  before.field.type = field.field.type;
  before.field.time_format = field.field.time_format;
  before.field.length_max = field.field.length_max;
  before.broken = field.broken;
  return before;
}

void read_fields(const ValueReader& values, const YamlNode& node, InputDefinition& input) {
  if (!values.is_map(node, "'fields'")) return;
  if (node.items.empty()) values.fail(node, DiagnosticCode::kWrongForm, "the input has no fields", "declare at least its time");
  if (node.items.size() > kFieldsMax)
    values.fail(node, DiagnosticCode::kTooMany, fmt::format("{} fields, an input may have {}", node.items.size(), kFieldsMax),
                "declare those that rules use; the others are ignored");
  std::vector<FieldDefinition> befores;  // behind the others, so that adding one moves none
  for (std::size_t i = 0; i < std::min(node.items.size(), kFieldsMax); ++i) {
    FieldDefinition field;
    const std::optional<Written> name = values.name(node.keys[i]);
    field.name = name.value_or(Written{node.keys[i].text, &values.source_of(node.keys[i]), &node.keys[i]});
    field.field.name = field.name.text;
    bool has_before = false;
    if (values.is_map(node.items[i], "a field")) {
      const MapReader map(values, node.items[i], field_form());
      FieldReader(map, field).read();
      if (const YamlNode* before = map.find("before")) has_before = read_before(values, *before, field);
    } else {
      field.broken = true;
    }
    if (has_before) befores.push_back(before_of(field));
    input.fields.push_back(std::move(field));
  }
  if (input.fields.size() + befores.size() > kFieldsMax && node.items.size() <= kFieldsMax)
    values.fail(node, DiagnosticCode::kTooMany,
                fmt::format("{} fields with those before a change, an input may have {}", input.fields.size() + befores.size(), kFieldsMax),
                "declare those that rules use; the others are ignored");
  std::move(befores.begin(), befores.end(), std::back_inserter(input.fields));
}

void read_dedupe(const ValueReader& values, const YamlNode& node, InputDefinition& input) {
  if (!values.is_map(node, "'dedupe'")) return;
  const MapReader map(values, node, dedupe_form());
  DedupeDefinition dedupe;
  dedupe.place = Written{"dedupe", &values.source_of(node), &node};
  if (const YamlNode* within = map.require("within")) dedupe.within_ms = values.duration(*within, 1, kWindowMaxMs).value_or(1);
  if (const YamlNode* bytes = map.find("max_bytes")) dedupe.bytes_max = values.size(*bytes, 1ULL << 20U, 1ULL << 44U).value_or(dedupe.bytes_max);
  input.dedupe = std::move(dedupe);
}

InputDefinition read_input(const ValueReader& values, Written name, const YamlNode& node) {
  InputDefinition input;
  input.name = std::move(name);
  const MapReader map(values, node, input_form());
  if (const YamlNode* fields = map.require("fields")) read_fields(values, *fields, input);
  if (const YamlNode* time = map.require("time")) input.time = values.text(*time);
  if (const YamlNode* bound = map.require("out_of_orderness"))
    input.out_of_orderness_ms = values.duration(*bound, 0, kOutOfOrdernessMaxMs).value_or(0);
  if (const YamlNode* id = map.find("id")) input.id = values.text(*id);
  if (const YamlNode* amount = map.find("amount")) input.amount = values.text(*amount);
  if (const YamlNode* key = map.require("key")) input.key = values.texts(*key);
  if (const YamlNode* unknown = map.find("unknown_fields")) {
    input.unknown_fields = values.one_of(*unknown, words_of(input_form(), "unknown_fields")).value_or("ignore") == "reject" ? UnknownFields::kReject
                                                                                                                            : UnknownFields::kIgnore;
  }
  if (const YamlNode* filter = map.find("filter")) input.filter = values.expression(*filter);
  if (const YamlNode* silent = map.find("silent_after")) input.silent_after_ms = values.duration(*silent, 1000, kWindowMaxMs).value_or(0);
  if (const YamlNode* dedupe = map.find("dedupe")) read_dedupe(values, *dedupe, input);
  return input;
}

}  // namespace

void read_inputs(const ValueReader& values, const YamlNode& inputs, RuleSet& rule_set) {
  if (!values.is_map(inputs, "'inputs'")) return;
  if (inputs.items.size() > kInputsMax)
    values.fail(inputs, DiagnosticCode::kTooMany, fmt::format("{} inputs, a rule set may have {}", inputs.items.size(), kInputsMax));
  for (std::size_t i = 0; i < std::min(inputs.items.size(), kInputsMax); ++i) {
    const std::optional<Written> name = values.name(inputs.keys[i]);
    if (!values.is_map(inputs.items[i], "an input")) continue;
    rule_set.inputs.push_back(
        read_input(values, name.value_or(Written{inputs.keys[i].text, &values.source_of(inputs.keys[i]), &inputs.keys[i]}), inputs.items[i]));
  }
}

}  // namespace reckoner
