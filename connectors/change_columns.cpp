#include "connectors/change_columns.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "connectors/binary_decimal.hpp"
#include "connectors/json_items.hpp"
#include "engine/check.hpp"
#include "engine/envelope_path.hpp"

namespace reckoner {

namespace {

struct TimeType {
  std::string_view name;
  TimeFormat format;
};
constexpr std::array<TimeType, 9> kMoments{{
    {"io.debezium.time.Date", TimeFormat::kDays},
    {"io.debezium.time.Timestamp", TimeFormat::kMilliseconds},
    {"io.debezium.time.MicroTimestamp", TimeFormat::kMicroseconds},
    {"io.debezium.time.NanoTimestamp", TimeFormat::kNanoseconds},
    {"io.debezium.time.ZonedTimestamp", TimeFormat::kRfc3339},
    {"io.debezium.time.IsoTimestamp", TimeFormat::kRfc3339},
    {"io.debezium.time.IsoDate", TimeFormat::kRfc3339},
    {"org.apache.kafka.connect.data.Date", TimeFormat::kDays},
    {"org.apache.kafka.connect.data.Timestamp", TimeFormat::kMilliseconds},
}};
constexpr std::string_view kOtherTimes = "io.debezium.time.";  // of a day, years, spans
constexpr std::string_view kConnectTime = "org.apache.kafka.connect.data.Time";
constexpr std::string_view kDecimal = "org.apache.kafka.connect.data.Decimal";

std::string_view content(std::string_view token) { return is_string(token) ? token.substr(1, token.size() - 2) : std::string_view{}; }

// One column of the schema part: {"type":.., "name":.., "parameters":{"scale":..}, "field":..}.
struct Described {
  std::string_view name;
  std::string_view parameters;
  std::string_view field;
};

Described described(std::string_view column) {
  Described found;
  JsonItems members(column);
  while (const std::optional<JsonItem> member = members.next()) {
    if (member->key == "name") found.name = content(member->value);
    if (member->key == "parameters") found.parameters = member->value;
    if (member->key == "field") found.field = content(member->value);
  }
  return found;
}

// The columns of an image, as an array; those of the row itself when the event is unwrapped.
std::string_view columns_of(std::string_view schema_part) {
  const std::string_view fields = find_member(schema_part, "fields");
  for (const std::string_view image : {"after", "before"}) {
    JsonItems items(fields);
    while (const std::optional<JsonItem> item = items.next()) {
      if (content(find_member(item->value, "field")) == image) return find_member(item->value, "fields");
    }
  }
  return fields;
}

void describe_time(ColumnForm& form, std::string_view type) {
  const auto moment = std::find_if(kMoments.begin(), kMoments.end(), [&](const TimeType& known) { return known.name == type; });
  if (moment != kMoments.end()) {
    Field field = form.reader.field();
    field.time_format = moment->format;
    Result<FieldReader> reader = FieldReader::make(field);
    RECKONER_CHECK(reader.has_value(), "the field was made before");
    form.reader = std::move(*reader);
  } else if (type.starts_with(kOtherTimes) || type == kConnectTime) {
    form.unfit_why = "the column is a time of day, a year or a span, no moment; declare the field as an integer or a string";
  }
}

void describe_decimal(ColumnForm& form, const Described& column) {
  form.decimal = DecimalForm::kText;
  if (column.name != kDecimal) return;
  form.decimal = DecimalForm::kBinary;
  const std::optional<NumberText> scale = read_number(content(find_member(column.parameters, "scale")));
  const ParsedCell parsed = scale ? to_scaled_integer(*scale, 0) : ParsedCell{0, RejectCode::kBadNumber};
  // A scale that is none, or negative, as Java allows, is refused with the value.
  form.scale = parsed.ok() && parsed.cell >= 0 && parsed.cell <= kBinaryScaleMax ? static_cast<int>(parsed.cell) : -1;
}

}  // namespace

std::string_view column_of_path(std::string_view path) {
  for (const std::string_view image : {kBeforePath, kAfterPath}) {
    if (path.starts_with(image)) return path.substr(image.size());
  }
  return is_envelope_path(path) ? std::string_view{} : path;
}

ColumnForms declared_forms(const RecordPlan& plan, DecimalForm decimal) {
  ColumnForms forms;
  forms.reserve(plan.readers.size());
  for (std::size_t field = 0; field < plan.readers.size(); ++field) forms.push_back({plan.readers[field], decimal, plan.field(field).type.scale, {}});
  return forms;
}

ColumnForms described_forms(const RecordPlan& plan, const ColumnForms& declared, std::string_view schema_part) {
  ColumnForms forms = declared;
  JsonItems columns(columns_of(schema_part));
  while (const std::optional<JsonItem> item = columns.next()) {
    const Described column = described(item->value);
    for (std::size_t field = 0; field < forms.size(); ++field) {
      if (column_of_path(plan.field(field).path) != column.field || column.field.empty()) continue;
      if (plan.field(field).type.kind == ValueKind::kTime)
        describe_time(forms[field], column.name);
      else
        describe_decimal(forms[field], column);
    }
  }
  return forms;
}

}  // namespace reckoner
