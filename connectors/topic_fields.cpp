#include "connectors/topic_fields.hpp"

#include <fmt/format.h>

#include <utility>

#include "connectors/change_event.hpp"
#include "connectors/json_items.hpp"
#include "connectors/utf8.hpp"
#include "engine/check.hpp"
#include "engine/envelope_path.hpp"
#include "engine/record_headers.hpp"

namespace reckoner {

namespace {

// A member of an object, or of one within it; empty when there is none.
std::string_view member_at(std::string_view object, std::string_view path) {
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    object = find_member(object, path.substr(0, dot));
    path.remove_prefix(dot + 1);
  }
  return find_member(object, path);
}

bool holds_integers(const Field& field) { return field.type.kind == ValueKind::kInteger || field.type.kind == ValueKind::kTime; }

}  // namespace

Result<TopicFields> TopicFields::make(const Schema& schema, KeyMembers key_members) {
  TopicFields made;
  for (std::size_t column = 0; column < schema.fields.size(); ++column) {
    const Field& field = schema.fields[column];
    const std::string_view path = field.path;
    if (!is_topic_path(path)) continue;
    Kind kind = Kind::kKey;
    std::string_view name;
    if (path.starts_with(kKeyFieldPath)) {
      if (key_members == KeyMembers::kElsewhere) continue;
      kind = Kind::kKeyField;
      name = path.substr(kKeyFieldPath.size());
    } else if (path.starts_with(kHeaderPath)) {
      kind = Kind::kHeader;
      name = path.substr(kHeaderPath.size());
    } else if (path != kKeyPath) {
      kind = path == kTimestampPath ? Kind::kTimestamp : path == kPartitionPath ? Kind::kPartition : Kind::kOffset;
      const bool fits = kind == Kind::kTimestamp ? holds_integers(field) : field.type.kind == ValueKind::kInteger;
      if (!fits) {
        return fail(ErrorKind::kConfiguration, fmt::format("input {}: field {} is read from {}, which is {}; declare it so", printable(schema.input),
                                                           printable(field.name), path, kind == Kind::kTimestamp ? "a time" : "an integer"));
      }
    }
    Result<FieldReader> reader = FieldReader::make(field);
    if (!reader) return std::unexpected(std::move(reader.error()));
    made.fields_.push_back({column, kind, std::string(name), std::move(*reader), field.required || column == schema.event_time});
    made.columns_ |= std::uint64_t{1} << column;
  }
  return made;
}

TopicFieldReader::Found TopicFieldReader::from_integer(const Entry& entry, std::int64_t value) {
  return {true, entry.reader.within_range(value), {}};
}

TopicFieldReader::Found TopicFieldReader::from_text(const Entry& entry, std::string_view text) {
  if (find_invalid_utf8(text) < text.size()) return {true, {0, RejectCode::kBadUtf8}, text};
  return {true, entry.reader.from_csv(text), text};
}

TopicFieldReader::Found TopicFieldReader::from_key(const Entry& entry, std::string_view key) {
  if (validator_.check(key)) return {};
  const std::string_view token = member_at(key_columns(key), entry.name);
  if (token.empty() || is_null(token)) return {};
  if (is_string(token)) {
    const std::string_view text = string_content(token, unescaped_);
    return {true, entry.reader.from_string(text), text};
  }
  if (token == "true" || token == "false") return {true, entry.reader.from_bool(token == "true"), token};
  if (is_object(token) || is_array(token)) return {true, {0, RejectCode::kWrongType}, token};
  const std::optional<NumberText> number = read_number(token);
  RECKONER_CHECK(number.has_value(), "a number that was validated");
  return {true, entry.reader.from_number(*number), token};
}

TopicFieldReader::Found TopicFieldReader::find(const RecordBlock& block, std::uint32_t row, const Entry& entry) {
  using Kind = TopicFields::Kind;
  const TopicRecord& record = block.topic_records[row];
  switch (entry.kind) {
    case Kind::kKey:
      return record.has_key ? from_text(entry, block.beside(record.key)) : Found{};
    case Kind::kKeyField:
      return record.has_key ? from_key(entry, block.beside(record.key)) : Found{};
    case Kind::kHeader: {
      const std::optional<RecordHeader> header = find_header(block.beside(record.headers), entry.name);
      return header && header->value ? from_text(entry, *header->value) : Found{};
    }
    case Kind::kTimestamp:
      return record.timestamp_ms == TopicRecord::kNoTimestamp ? Found{} : from_integer(entry, record.timestamp_ms);
    case Kind::kPartition:
      return from_integer(entry, block.origin(row).partition);
    case Kind::kOffset:
      return from_integer(entry, static_cast<std::int64_t>(block.record(row)));
  }
  RECKONER_UNREACHABLE("a Kind outside its enumerators");
}

std::optional<TopicFieldReader::Fault> TopicFieldReader::read(RecordBlock& block, const BlockWriter& writer, std::uint64_t& present) {
  for (const Entry& entry : fields_.fields_) {
    std::int64_t* const column = writer.column(entry.column);
    const Found found = find(block, writer.row(), entry);
    if (!found.there) {
      if (entry.required) {
        return Fault{RejectCode::kMissingField, entry.reader.field().name,
                     fmt::format("the record has no {}; send it, or make it optional in the schema", entry.reader.field().path)};
      }
      if (column != nullptr) column[writer.row()] = 0;
      continue;
    }
    if (!found.parsed.ok()) {
      const RejectCode code = found.parsed.code;
      return Fault{code, entry.reader.field().name,
                   code == RejectCode::kBadUtf8 ? fmt::format("{} is not UTF-8; write it in UTF-8", entry.reader.field().path)
                                                : fmt::format("{}: {}", entry.reader.field().path, entry.reader.explain(code, found.text))};
    }
    present |= std::uint64_t{1} << entry.column;
    if (column == nullptr) continue;
    column[writer.row()] = found.parsed.cell;
    if (entry.reader.field().type.kind != ValueKind::kString) continue;
    column[writer.row()] = TextRef{static_cast<std::uint32_t>(block.text.size()), static_cast<std::uint32_t>(found.text.size())}.pack();
    block.text.insert(block.text.end(), found.text.begin(), found.text.end());
  }
  return std::nullopt;
}

void TopicFieldReader::complete_beside(RecordBlock& block, BlockWriter& writer, std::size_t begin, std::size_t length, std::uint64_t present) {
  if (std::optional<Fault> fault = read(block, writer, present))
    return writer.reject(begin, length, fault->code, std::move(fault->field), std::move(fault->text));
  writer.accept(begin, length, present);
}

}  // namespace reckoner
