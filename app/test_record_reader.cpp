#include "app/test_record_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.hpp"
#include "engine/row_writer.hpp"
#include "rules/literals.hpp"

namespace reckoner {

namespace {

struct Member {
  std::string_view path;  // "a.b"
  std::string json;
};

std::string quoted(std::string_view text) {
  ByteBuffer buffer;
  append_escaped(buffer, text);
  const std::span<const char> bytes = buffer.bytes();
  return fmt::format("\"{}\"", std::string_view(bytes.data(), bytes.size()));
}

// Members whose paths begin alike become one object.
std::string object_of(std::vector<Member> members) {
  std::string text = "{";
  while (!members.empty()) {
    const std::string_view path = members.front().path;
    const std::size_t point = path.find('.');
    const std::string_view name = path.substr(0, point);
    std::vector<Member> inside;
    std::string json = std::move(members.front().json);
    if (point != std::string_view::npos) {
      const auto is_inside = [&](const Member& member) {
        return member.path.size() > point && member.path.substr(0, point + 1) == path.substr(0, point + 1);
      };
      members.front().json = std::move(json);
      for (Member& member : members) {
        if (is_inside(member)) inside.push_back({member.path.substr(point + 1), std::move(member.json)});
      }
      std::erase_if(members, is_inside);
      json = object_of(std::move(inside));
    } else {
      members.erase(members.begin());
    }
    text += fmt::format("{}{}:{}", text.size() > 1 ? "," : "", quoted(name), json);
  }
  return text + "}";
}

std::string with_number(std::string text, std::uint64_t number) {
  constexpr std::string_view kMark = "{n}";
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at))
    text.replace(at, kMark.size(), fmt::format("{}", number));
  return text;
}

bool is_null(const YamlNode& node) {
  return node.kind == YamlKind::kNothing || (node.style == ScalarStyle::kPlain && node.is_scalar() && (node.text == "null" || node.text == "~"));
}

std::string time_json(const Field& field, std::int64_t time_ms) {
  switch (field.time_format) {
    case TimeFormat::kMilliseconds:
      return fmt::format("{}", time_ms);
    case TimeFormat::kSeconds:
      return fmt::format("{}", time_ms / 1000);
    case TimeFormat::kMicroseconds:
      return fmt::format("{}", time_ms * 1000);
    case TimeFormat::kNanoseconds:
      return fmt::format("{}", time_ms * 1'000'000);
    case TimeFormat::kDays:
      return fmt::format("{}", time_ms / 86'400'000);
    case TimeFormat::kRfc3339:
      break;
  }
  return quoted(to_text(field.type, time_ms));
}

}  // namespace

std::optional<std::size_t> TestRecordReader::find_input(const YamlNode& name) const {
  std::vector<std::string> names;
  for (std::size_t input = 0; input < read_inputs(plan_); ++input) {
    if (plan_.inputs[input].schema.input == name.text) return input;
    names.push_back(plan_.inputs[input].schema.input);
  }
  values_.fail(name, DiagnosticCode::kUnknownInput, fmt::format("no input is named '{}'", name.text), name_advice(name.text, names));
  return std::nullopt;
}

void TestRecordReader::check_fields(std::size_t input, const YamlNode& fields) const {
  const Schema& schema = plan_.inputs[input].schema;
  std::vector<std::string> names;
  names.reserve(schema.fields.size());
  for (const Field& field : schema.fields) names.push_back(field.name);
  for (const YamlNode& key : fields.keys) {
    if (!schema.find(key.text))
      values_.fail(key, DiagnosticCode::kUnknownField, fmt::format("'{}' is no field of input '{}'", key.text, schema.input),
                   name_advice(key.text, names));
  }
}

void TestRecordReader::read_defaults(const YamlNode& node, FieldDefaults& into) const {
  if (!values_.is_map(node, "'defaults'")) return;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::optional<std::size_t> input = find_input(node.keys[i]);
    if (!input || !values_.is_map(node.items[i], "the defaults of an input")) continue;
    check_fields(*input, node.items[i]);
    for (std::size_t field = 0; field < node.items[i].items.size(); ++field) {
      into[*input][node.items[i].keys[field].text] = &node.items[i].items[field];
    }
  }
}

bool TestRecordReader::read(const YamlNode& send, const FieldDefaults& defaults, const Moment& moment, std::vector<TestRecord>& into) {
  const std::size_t findings_before = values_.findings().size();
  if (!values_.is_map(send, "'send'")) return false;
  for (std::size_t i = 0; i < send.items.size(); ++i) {
    const std::optional<std::size_t> input = find_input(send.keys[i]);
    if (!input) continue;
    const YamlNode& records = send.items[i];
    if (records.kind != YamlKind::kList) {
      read_record(*input, records, defaults, moment, into);
      continue;
    }
    for (const YamlNode& record : records.items) read_record(*input, record, defaults, moment, into);
  }
  return values_.findings().size() == findings_before;
}

std::string TestRecordReader::fresh_id(std::size_t input) {
  const Schema& schema = plan_.inputs[input].schema;
  RECKONER_CHECK(schema.id.has_value(), "a fresh id for input {}, which declares none", schema.input);
  ++ids_;
  return schema.fields[*schema.id].type.kind == ValueKind::kString ? quoted(fmt::format("{}-{}", schema.input, ids_)) : fmt::format("{}", ids_);
}

bool TestRecordReader::read_record(std::size_t input, const YamlNode& node, const FieldDefaults& defaults, const Moment& moment,
                                   std::vector<TestRecord>& into) {
  const Schema& schema = plan_.inputs[input].schema;
  TestRecord record{static_cast<InputId>(input), moment.at_ms, {}};
  if (node.is_scalar()) {
    record.line = with_number(node.text, moment.number);
    if (record.line.find('\n') != std::string::npos || record.line.find_first_not_of(" \r") == std::string::npos)
      values_.fail(node, DiagnosticCode::kWrongForm, "a record as text is one line that is not blank", "send a list of lines");
    into.push_back(std::move(record));
    return true;
  }
  if (node.kind == YamlKind::kMap) {
    check_fields(input, node);
  } else if (node.kind != YamlKind::kNothing) {
    return values_.is_map(node, "a record");
  }
  const auto known = defaults.find(input);
  std::vector<Member> members;
  std::vector<std::string> missing;
  for (std::size_t position = 0; position < schema.fields.size(); ++position) {
    const Field& field = schema.fields[position];
    const YamlNode* value = node.kind == YamlKind::kMap ? node.find(field.name) : nullptr;
    if (value == nullptr && known != defaults.end() && known->second.contains(field.name)) value = known->second.at(field.name);
    const bool is_time = position == schema.event_time;
    if (value != nullptr) {
      if (std::optional<std::string> json = json_of(field, *value, moment, is_time ? &record.time_ms : nullptr))
        members.push_back({field.path, std::move(*json)});
    } else if (is_time) {
      members.push_back({field.path, time_json(field, moment.at_ms)});
    } else if (position == schema.id) {
      members.push_back({field.path, fresh_id(input)});
    } else if (field.required) {
      missing.push_back(field.name);
    }
  }
  if (!missing.empty())
    values_.fail(node, DiagnosticCode::kMissingKey,
                 fmt::format("the record lacks {}, which input '{}' requires", fmt::join(missing, ", "), schema.input),
                 "add them here, or under defaults; to send it as it is, write the whole record as a text");
  record.line = object_of(std::move(members));
  into.push_back(std::move(record));
  return missing.empty();
}

std::optional<std::string> TestRecordReader::json_of(const Field& field, const YamlNode& node, const Moment& moment, std::int64_t* time_ms) const {
  const auto wrong = [&](std::string advice) -> std::optional<std::string> {
    values_.fail(node, DiagnosticCode::kTypeMismatch, fmt::format("'{}' is {}, this is '{}'", field.name, to_text(field.type), node.text),
                 std::move(advice));
    return std::nullopt;
  };
  if (is_null(node)) {
    if (!field.required) return "null";
    values_.fail(node, DiagnosticCode::kTypeMismatch, fmt::format("'{}' is required, so it cannot be null", field.name), "give it a value");
    return std::nullopt;
  }
  if (!node.is_scalar()) {
    values_.fail(node, DiagnosticCode::kWrongForm, fmt::format("'{}' takes one value", field.name), "write field: value");
    return std::nullopt;
  }
  const std::string text = with_number(node.text, moment.number);
  switch (field.type.kind) {
    case ValueKind::kString:
      return quoted(text);
    case ValueKind::kBool:
      return text == "true" || text == "false" ? std::optional(text) : wrong("write true or false");
    case ValueKind::kEnum:
      return std::find(field.type.names->begin(), field.type.names->end(), text) != field.type.names->end()
                 ? std::optional(quoted(text))
                 : wrong(name_advice(text, *field.type.names));
    case ValueKind::kTime: {
      const std::optional<std::int64_t> time = parse_moment(text, moment.start_ms, moment.previous_ms);
      if (!time) return wrong("write 10:00, 10:00:30.250, +5m or 2026-01-01T10:00:00Z, in quotes");
      if (time_ms != nullptr) *time_ms = *time;
      return time_json(field, *time);
    }
    case ValueKind::kInteger:
    case ValueKind::kDecimal:
    case ValueKind::kMoney:
      return number_json(field, node, text);
    case ValueKind::kDuration:
      break;
  }
  return wrong("fields have no durations");
}

std::optional<std::string> TestRecordReader::number_json(const Field& field, const YamlNode& node, const std::string& text) const {
  std::string digits = text;
  const std::string currency = fmt::format(" {}", field.type.currency_text());
  if (field.type.kind == ValueKind::kMoney && digits.ends_with(currency)) digits.resize(digits.size() - currency.size());
  const Parsed<ExactNumber> number = parse_number(digits);
  if (!number) {
    values_.fail(node, DiagnosticCode::kBadNumber, fmt::format("'{}' is {}: {}", field.name, to_text(field.type), number.error()));
    return std::nullopt;
  }
  if (!rescale_exactly(*number, field.type.scale)) {
    values_.fail(node, DiagnosticCode::kBadNumber, fmt::format("'{}' does not fit {}", text, to_text(field.type)),
                 "use no more digits after the point than the field has");
    return std::nullopt;
  }
  return digits;
}

}  // namespace reckoner
