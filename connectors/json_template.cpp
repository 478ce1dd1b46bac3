#include "connectors/json_template.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "connectors/byte_scan.hpp"
#include "connectors/digits.hpp"
#include "engine/check.hpp"
#include "engine/powers_of_ten.hpp"

namespace reckoner {

namespace {

constexpr std::uint32_t kSurprisesMax = 8;  // values of another length before a step stops expecting one
constexpr unsigned kDigitsMax = 18;         // any number of so many digits fits 63 bits

// Bits 0..length: the last of them is where the value must stop.
std::uint32_t mask_through(std::uint32_t length) { return static_cast<std::uint32_t>((std::uint64_t{2} << length) - 1); }

// The string from `begin` is not ASCII at `at`: goes on to its quote; null when there is none or the string is not UTF-8.
[[gnu::noinline]] const char* finish_wide_text(const char* begin, const char* at) {
  while (true) {
    const std::uint32_t stops = text_stops(at);
    const std::uint32_t wide = bits_of(load_32(at));
    const std::uint32_t ends = stops & ~wide;
    if (ends != 0) {
      at += std::countr_zero(ends);
      break;
    }
    at += 32;
  }
  if (*at != '"') return nullptr;
  return simdjson::validate_utf8(begin, static_cast<std::size_t>(at - begin)) ? at : nullptr;
}

bool is_number_byte(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

}  // namespace

// Where one match stands.
struct JsonTemplate::Cursor {
  const char* text;
  const BlockWriter& writer;
  std::uint64_t present;

  void store(std::int8_t field, std::int64_t cell) const {
    std::int64_t* const column = writer.column(static_cast<std::size_t>(field));
    if (column != nullptr) column[writer.row()] = cell;
  }
  [[nodiscard]] std::int64_t text_cell(std::string_view content) const {
    return TextRef{static_cast<std::uint32_t>(content.data() - text), static_cast<std::uint32_t>(content.size())}.pack();
  }
};

std::optional<JsonTemplate> JsonTemplate::learn(const RecordPlan& plan, std::string_view record, const std::vector<JsonSlot>& slots) {
  if (record.size() > kRecordBytesMax || slots.size() > kScalarsMax) return std::nullopt;
  JsonTemplate made;
  made.required_ = plan.required;
  std::size_t at = 0;
  for (const JsonSlot& slot : slots) {
    made.add_literal(record.substr(at, slot.begin - at));
    made.set_value(plan, slot);
    at = slot.end;
  }
  made.add_literal(record.substr(at));
  return made;
}

void JsonTemplate::add_literal(std::string_view bytes) {
  do {
    const std::string_view part = bytes.substr(0, kLiteralBytes);
    Step step;
    std::copy(part.begin(), part.end(), step.literal.begin());
    step.literal_length = static_cast<std::uint32_t>(part.size());
    step.literal_mask = static_cast<std::uint32_t>((std::uint64_t{1} << part.size()) - 1);
    steps_.push_back(step);
    bytes.remove_prefix(part.size());
  } while (!bytes.empty());
}

void JsonTemplate::set_value(const RecordPlan& plan, const JsonSlot& slot) {
  Step& step = steps_.back();
  step.field = static_cast<std::int8_t>(slot.field);
  const bool known = slot.field >= 0;
  if (known) step.reader = &plan.readers[static_cast<std::size_t>(slot.field)];
  if (known && slot.scalar != JsonScalar::kWord) present_ |= std::uint64_t{1} << static_cast<unsigned>(slot.field);
  switch (slot.scalar) {
    case JsonScalar::kWord:
      step.kind = slot.in_place_of_object ? Kind::kNull : Kind::kWord;
      return;
    case JsonScalar::kNumber: {
      const int scale = known ? step.reader->plain_scale() : static_cast<int>(LeadingDigits::kBytes);  // unknown: any number of digits
      step.kind = scale >= 0 ? Kind::kPlainNumber : Kind::kNumber;
      step.scale = static_cast<std::uint8_t>(std::max(scale, 0));
      break;
    }
    case JsonScalar::kString:
      set_text(step);
      break;
  }
  step.length = (slot.end - slot.begin) % kLiteralBytes;
  step.length_mask = mask_through(step.length);
  step.length_bit = 1U << step.length;
}

void JsonTemplate::set_text(Step& step) {
  step.kind = Kind::kIgnoredText;
  if (step.reader == nullptr) return;
  const Field& field = step.reader->field();
  step.length_max = field.length_max;
  step.names = &step.reader->names();
  step.pattern = step.reader->fixed_pattern();
  switch (field.type.kind) {
    case ValueKind::kString:
      step.kind = field.pattern.empty() ? Kind::kPlainText : step.pattern != nullptr ? Kind::kFixedText : Kind::kText;
      return;
    case ValueKind::kEnum:
      step.kind = Kind::kEnum;
      return;
    default:
      step.kind = Kind::kConvertedText;
  }
}

// The string that begins at `at`; its quote is part of the literal that follows, and compared there. Null data: it is not UTF-8.
inline std::string_view JsonTemplate::read_text(Step& step, const char* at) {
  const char* end = at;
  std::uint32_t stops = text_stops(end);
  while (stops == 0) {
    end += kLiteralBytes;
    stops = text_stops(end);
  }
  if ((stops & step.length_mask) == step.length_bit) [[likely]] {
    end += step.length;
  } else {
    if (++step.surprises == kSurprisesMax) step.length_mask = 0;
    end += std::countr_zero(stops);
    if (static_cast<signed char>(*end) < 0) [[unlikely]] {
      end = finish_wide_text(at, end);
      if (end == nullptr) return {};
    }
  }
  return {at, static_cast<std::size_t>(end - at)};
}

// A string of another kind than plain: its end, or null.
[[gnu::noinline]] const char* JsonTemplate::convert_text(const Step& step, const Cursor& cursor, std::string_view content) {
  ParsedCell parsed = step.reader->from_string(content);
  if (step.kind == Kind::kText) parsed.cell = cursor.text_cell(content);
  cursor.store(step.field, parsed.cell);
  return parsed.ok() ? content.data() + content.size() : nullptr;
}

// Any number: the token is cut out and read as the strict reader reads it.
[[gnu::noinline]] const char* JsonTemplate::read_number_token(const Step& step, Cursor& cursor, const char* at) {
  const char* end = at;
  while (is_number_byte(*end)) ++end;
  const std::optional<NumberText> number = read_number({at, static_cast<std::size_t>(end - at)});
  if (!number) return nullptr;
  if (step.reader == nullptr) return end;
  const ParsedCell parsed = step.reader->from_number(*number);
  cursor.store(step.field, parsed.cell);
  return parsed.ok() ? end : nullptr;
}

// A number whose cell is itself times 10^scale, when it has at most 15 digits and no exponent.
inline const char* JsonTemplate::read_plain_number(Step& step, Cursor& cursor, const char* at) {
  const bool negative = *at == '-';
  const char* const begin = at + (negative ? 1 : 0);
  const LeadingDigits digits(begin);
  const unsigned integer = digits.count();
  if (integer == 0 || integer >= LeadingDigits::kBytes - 1 || (*begin == '0' && integer > 1)) return read_number_token(step, cursor, at);
  unsigned fraction = 0;
  std::uint64_t value = 0;
  const char* end = begin + integer;
  if (*end == '.') {
    fraction = digits.fraction(integer);
    const unsigned length = integer + 1 + fraction;
    if (fraction == 0 || fraction > step.scale || length >= LeadingDigits::kBytes) return read_number_token(step, cursor, at);
    value = digits.with_fraction(integer, fraction);
    end = begin + length;
  } else {
    value = digits.whole(integer);
    if (!negative && (digits.others() & step.length_mask) == step.length_bit) {
      end = begin + step.length;
    } else if (++step.surprises == kSurprisesMax) {
      step.length_mask = 0;
    }
  }
  if ((*end | 0x20) == 'e') return read_number_token(step, cursor, at);
  if (step.reader == nullptr) return end;
  if (integer + step.scale > kDigitsMax) return read_number_token(step, cursor, at);
  const auto scaled = static_cast<std::int64_t>(value) * kPowersOfTen[step.scale - fraction];
  const ParsedCell parsed = step.reader->within_range(negative ? -scaled : scaled);
  cursor.store(step.field, parsed.cell);
  return parsed.ok() ? end : nullptr;
}

const char* JsonTemplate::read_word(const Step& step, Cursor& cursor, const char* at) {
  const bool is_true = std::memcmp(at, "true", 4) == 0;
  if (!is_true && std::memcmp(at, "false", 5) != 0) {
    if (std::memcmp(at, "null", 4) != 0) return nullptr;
    if (step.field >= 0) cursor.store(step.field, 0);
    return at + 4;
  }
  if (step.reader != nullptr) {
    const ParsedCell parsed = step.reader->from_bool(is_true);
    if (!parsed.ok()) return nullptr;
    cursor.store(step.field, parsed.cell);
    cursor.present |= std::uint64_t{1} << static_cast<unsigned>(step.field);
  }
  return at + (is_true ? 4 : 5);
}

inline const char* JsonTemplate::read_value(Step& step, Cursor& cursor, const char* at) {
  switch (step.kind) {
    case Kind::kNothing:
      return at;
    case Kind::kWord:
      return read_word(step, cursor, at);
    case Kind::kNull:
      return std::memcmp(at, "null", 4) == 0 ? at + 4 : nullptr;
    case Kind::kNumber:
      return read_number_token(step, cursor, at);
    case Kind::kPlainNumber:
      return read_plain_number(step, cursor, at);
    case Kind::kIgnoredText:
    case Kind::kPlainText:
    case Kind::kFixedText:
    case Kind::kText:
    case Kind::kEnum:
    case Kind::kConvertedText:
      break;
  }
  const std::string_view content = read_text(step, at);
  if (content.data() == nullptr) [[unlikely]]
    return nullptr;
  const char* const end = content.data() + content.size();
  switch (step.kind) {
    case Kind::kIgnoredText:
      return end;
    case Kind::kPlainText:
      cursor.store(step.field, cursor.text_cell(content));
      return content.size() <= step.length_max ? end : nullptr;
    case Kind::kFixedText:
      cursor.store(step.field, cursor.text_cell(content));
      return content.size() <= step.length_max && step.pattern->matches(content) ? end : nullptr;
    case Kind::kEnum: {
      const std::optional<std::uint32_t> code = step.names->find_padded(content);
      cursor.store(step.field, code.value_or(0));
      return code ? end : nullptr;
    }
    default:
      return convert_text(step, cursor, content);
  }
}

JsonTemplate::Match JsonTemplate::match(const char* text, const char* at, const BlockWriter& writer) {
  Cursor cursor{text, writer, present_};
  for (Step& step : steps_) {
    const std::uint32_t equal = bits_of(_mm256_cmpeq_epi8(load_32(at), load_32(step.literal.data())));
    if ((~equal & step.literal_mask) != 0) return {};
    at = read_value(step, cursor, at + step.literal_length);
    if (at == nullptr) return {};
  }
  if ((required_ & ~cursor.present) != 0) return {};
  ++matches_;
  return {at, cursor.present};
}

}  // namespace reckoner
