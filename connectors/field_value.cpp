#include "connectors/field_value.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <limits>
#include <utility>

#include "engine/check.hpp"
#include "engine/time_text.hpp"

namespace reckoner {

namespace {

constexpr ParsedCell kWrongType{0, RejectCode::kWrongType};
constexpr std::int64_t kPatternMemoryBytes = 8 << 20;
constexpr std::size_t kQuotedBytesMax = 40;
constexpr std::int64_t kDayMs = 86'400'000;

bool is_decimal(ValueKind kind) { return kind == ValueKind::kDecimal || kind == ValueKind::kMoney; }

std::int64_t floor_divide(std::int64_t value, std::int64_t divisor) { return value / divisor - (value % divisor < 0 ? 1 : 0); }

std::string number_hint(const Field& field) {
  if (!is_decimal(field.type.kind)) return "not a whole number; send digits alone";
  return fmt::format("not a number with at most {} digits after the point; round it where it is made, or widen the field's scale", field.type.scale);
}

std::string time_hint(TimeFormat format) {
  switch (format) {
    case TimeFormat::kMilliseconds:
      return "send whole milliseconds since 1970";
    case TimeFormat::kSeconds:
      return "send whole seconds since 1970";
    case TimeFormat::kMicroseconds:
      return "send whole microseconds since 1970";
    case TimeFormat::kNanoseconds:
      return "send whole nanoseconds since 1970";
    case TimeFormat::kDays:
      return "send whole days since 1970";
    case TimeFormat::kRfc3339:
      return "send an RFC 3339 time with its offset, as 2026-01-01T12:00:00Z";
  }
  RECKONER_UNREACHABLE("a TimeFormat outside its enumerators");
}

}  // namespace

FieldReader::FieldReader(const Field& field)
    : field_(field),
      minimum_(field.minimum.value_or(std::numeric_limits<std::int64_t>::min())),
      maximum_(field.maximum.value_or(std::numeric_limits<std::int64_t>::max())) {}

Result<FieldReader> FieldReader::make(const Field& field) {
  FieldReader reader(field);
  if (field.type.kind == ValueKind::kEnum) {
    if (field.type.names == nullptr || field.type.names->empty()) {
      return fail(ErrorKind::kConfiguration, fmt::format("field {}: an enum without names; list them", printable(field.name)));
    }
    reader.names_ = NameTable(*field.type.names);
  }
  if (field.type.scale > kScaleMax) {
    return fail(ErrorKind::kConfiguration, fmt::format("field {}: scale {} is above {}", printable(field.name), field.type.scale, kScaleMax));
  }
  if (!field.pattern.empty()) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemoryBytes);
    auto pattern = std::make_shared<const re2::RE2>(field.pattern, options);
    if (!pattern->ok()) {
      return fail(ErrorKind::kConfiguration,
                  fmt::format("field {}: bad pattern: {}; write it in RE2's syntax", printable(field.name), pattern->error()));
    }
    reader.pattern_ = std::move(pattern);
    reader.fixed_ = FixedPattern::make(field.pattern);
  }
  return reader;
}

ParsedCell FieldReader::time_from_number(const NumberText& number) const {
  if (field_.time_format == TimeFormat::kRfc3339) return kWrongType;
  ParsedCell parsed = to_scaled_integer(number, 0);
  if (!parsed.ok()) return {0, RejectCode::kBadTime};
  if (field_.time_format == TimeFormat::kMicroseconds) parsed.cell = floor_divide(parsed.cell, 1000);
  if (field_.time_format == TimeFormat::kNanoseconds) parsed.cell = floor_divide(parsed.cell, 1'000'000);
  const std::int64_t unit_ms = field_.time_format == TimeFormat::kSeconds ? 1000 : field_.time_format == TimeFormat::kDays ? kDayMs : 1;
  if (__builtin_mul_overflow(parsed.cell, unit_ms, &parsed.cell)) return {0, RejectCode::kBadTime};
  return within_range(parsed.cell);
}

ParsedCell FieldReader::from_number(const NumberText& number) const {
  const ValueKind kind = field_.type.kind;
  if (kind == ValueKind::kTime) return time_from_number(number);
  if (!is_decimal(kind) && kind != ValueKind::kInteger && kind != ValueKind::kDuration) return kWrongType;
  const ParsedCell parsed = to_scaled_integer(number, is_decimal(kind) ? field_.type.scale : 0);
  return parsed.ok() ? within_range(parsed.cell) : parsed;
}

ParsedCell FieldReader::check_text(std::string_view text) const {
  if (text.size() > field_.length_max) return {0, RejectCode::kTooLong};
  if (fixed_) return {0, fixed_->matches(text) ? RejectCode::kNone : RejectCode::kPatternMismatch};
  if (pattern_ != nullptr && !re2::RE2::FullMatch({text.data(), text.size()}, *pattern_)) return {0, RejectCode::kPatternMismatch};
  return {};
}

ParsedCell FieldReader::from_string(std::string_view text) const {
  switch (field_.type.kind) {
    case ValueKind::kString:
      return check_text(text);
    case ValueKind::kEnum: {
      const std::optional<std::uint32_t> code = names_.find(text);
      return code ? ParsedCell{*code, RejectCode::kNone} : ParsedCell{0, RejectCode::kUnknownName};
    }
    case ValueKind::kDecimal:
    case ValueKind::kMoney: {
      const std::optional<NumberText> number = read_number(text);
      return number ? from_number(*number) : ParsedCell{0, RejectCode::kBadNumber};
    }
    case ValueKind::kTime: {
      if (field_.time_format != TimeFormat::kRfc3339) return kWrongType;
      const std::optional<std::int64_t> time = parse_rfc3339(text);
      return time ? within_range(*time) : ParsedCell{0, RejectCode::kBadTime};
    }
    case ValueKind::kBool:
    case ValueKind::kInteger:
    case ValueKind::kDuration:
      return kWrongType;
  }
  RECKONER_UNREACHABLE("a ValueKind outside its enumerators");
}

ParsedCell FieldReader::from_bool(bool value) const { return field_.type.kind == ValueKind::kBool ? within_range(value ? 1 : 0) : kWrongType; }

ParsedCell FieldReader::from_csv(std::string_view text) const {
  const ValueKind kind = field_.type.kind;
  if (kind == ValueKind::kBool) return text == "true" || text == "false" ? from_bool(text == "true") : kWrongType;
  if (kind == ValueKind::kString || kind == ValueKind::kEnum || (kind == ValueKind::kTime && field_.time_format == TimeFormat::kRfc3339)) {
    return from_string(text);
  }
  const std::optional<NumberText> number = read_number(text);
  if (number) return from_number(*number);
  return {0, kind == ValueKind::kTime ? RejectCode::kBadTime : RejectCode::kBadNumber};
}

int FieldReader::plain_scale() const {
  switch (field_.type.kind) {
    case ValueKind::kDecimal:
    case ValueKind::kMoney:
      return field_.type.scale;
    case ValueKind::kInteger:
    case ValueKind::kDuration:
      return 0;
    case ValueKind::kTime:
      return field_.time_format == TimeFormat::kMilliseconds ? 0 : -1;
    case ValueKind::kBool:
    case ValueKind::kString:
    case ValueKind::kEnum:
      return -1;
  }
  RECKONER_UNREACHABLE("a ValueKind outside its enumerators");
}

std::string FieldReader::explain(RejectCode code, std::string_view text) const {
  // A string's own bytes stay out of messages: they may be what must not be shown, and the dead letter has them.
  switch (code) {
    case RejectCode::kWrongType:
      return fmt::format("not a {}; send one, or correct the schema", to_text(field_.type));
    case RejectCode::kBadNumber:
      return fmt::format("{} is {}", printable(text), number_hint(field_));
    case RejectCode::kBadTime:
      return fmt::format("{} is not a time; {}", printable(text), time_hint(field_.time_format));
    case RejectCode::kUnknownName:
      return fmt::format("{} is not one of {}; correct it, or add the name to the schema", printable(text), to_text(field_.type));
    case RejectCode::kOutOfRange:
      return fmt::format("{} is outside the range; correct it, or widen the schema's bounds", printable(text));
    case RejectCode::kTooLong:
      return fmt::format("{} bytes, at most {} allowed; shorten it, or raise the schema's bound", text.size(), field_.length_max);
    case RejectCode::kPatternMismatch:
      return fmt::format("does not match the pattern {}; correct it, or the schema", printable(field_.pattern));
    default:
      return fmt::format("rejected ({})", to_text(code));
  }
}

std::string printable(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kQuotedBytesMax)) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  out += text.size() > kQuotedBytesMax ? "...'" : "'";
  return out;
}

}  // namespace reckoner
