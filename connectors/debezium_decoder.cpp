#include "connectors/debezium_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "connectors/block_writer.hpp"
#include "connectors/change_event.hpp"
#include "connectors/change_row.hpp"
#include "engine/check.hpp"
#include "engine/envelope_path.hpp"

namespace reckoner {

namespace {

struct ChangeScratch : Decoder::Scratch {
  ChangeScratch(const ChangeRowPlan& row_plan, const TopicFields& topic_fields) : plan(&row_plan.plan), reader(row_plan), beside(topic_fields) {}

  const RecordPlan* plan;
  JsonValidator validator;
  ChangeRowReader reader;
  TopicFieldReader beside;
  JsonRow row;
  std::uint64_t record_bytes = 1024;  // of a record of the block before, on average
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// One decode() of one block.
class ChangeReading {
 public:
  ChangeReading(const RecordPlan& plan, RecordBlock& block, std::uint64_t wanted, ChangeScratch& scratch)
      : plan_(plan),
        block_(block),
        wanted_(wanted),
        scratch_(scratch),
        writer_(block, plan.schema.fields.size(), wanted, block.text_bytes / scratch.record_bytes + 1) {}

  // Returns how many amounts went through a float.
  std::uint64_t run() {
    if (block_.topic_records.empty())
      read_lines();
    else
      read_topic();
    if (writer_.row() > 0) scratch_.record_bytes = block_.text_bytes / writer_.row() + 1;
    writer_.finish();
    return doubles_;
  }

 private:
  void read_lines() {
    for (std::size_t at = 0; at < block_.text_bytes;) {
      const std::string_view text(block_.text.data(), block_.text_bytes);
      const std::size_t line_end = std::min(text.find('\n', at), text.size());
      std::string_view record = text.substr(at, line_end - at);
      if (record.ends_with('\r')) record.remove_suffix(1);
      if (!is_blank(record)) read_record(at, record, {});
      at = line_end + 1;
    }
  }

  // A key that is no JSON has no columns.
  void read_topic() {
    for (const TopicRecord& record : block_.topic_records) {
      std::string_view key = block_.beside(record.key);
      if (!record.has_key || scratch_.validator.check(key)) key = {};
      if (record.has_value) {
        read_record(record.value.offset, {block_.text.data() + record.value.offset, record.value.length}, key);
      } else {
        writer_.begin_row();
        writer_.pass_over(record.value.offset, 0, SkipCode::kTombstone);
      }
    }
  }

  // `key` is valid JSON, or empty.
  void read_record(std::size_t begin, std::string_view record, std::string_view key) {
    writer_.begin_row();
    if (record.size() > kRecordBytesMax) {
      return reject(begin, record,
                    {RejectCode::kTooLarge, -1, kRecordBytesMax + 1,
                     fmt::format("{} bytes, at most {} allowed; leave out the schema part or large columns", record.size(), kRecordBytesMax)});
    }
    if (const std::optional<JsonFault> fault = scratch_.validator.check(record)) return reject(begin, record, *fault);
    const std::expected<ChangeEvent, JsonFault> event = open_change_event(record, key);
    if (!event) return reject(begin, record, event.error());
    if (event->skip != SkipCode::kNone) return writer_.pass_over(begin, record.size(), event->skip);
    JsonRow& row = scratch_.row;
    row.text_offset = static_cast<std::uint32_t>(begin);
    row.unescaped_offset = static_cast<std::uint32_t>(block_.text.size());
    row.wanted = wanted_;
    if (const std::optional<JsonFault> fault = scratch_.reader.read(record, *event, row)) return reject(begin, record, *fault);
    doubles_ += scratch_.reader.doubles();
    for (std::size_t field = 0; field < block_.columns.size(); ++field) {
      if (std::int64_t* const column = writer_.column(field); column != nullptr) column[writer_.row()] = row.cells[field];
    }
    block_.text.insert(block_.text.end(), row.unescaped.begin(), row.unescaped.end());
    scratch_.beside.complete(block_, writer_, begin, record.size(), row.present);
  }

  void reject(std::size_t begin, std::string_view record, const JsonFault& fault) {
    writer_.reject(begin, record.size(), fault.code, std::string(plan_.field_name(fault.field)),
                   fmt::format("byte {}: {}", fault.column, fault.text));
  }

  const RecordPlan& plan_;
  RecordBlock& block_;
  std::uint64_t wanted_;
  ChangeScratch& scratch_;
  BlockWriter writer_;
  std::uint64_t doubles_ = 0;
};

// $.source.lsn is __source_lsn in a row that ExtractNewRecordState made.
std::string added_name(std::string_view path) {
  std::string name = "__" + std::string(path.substr(kEnvelopePath.size()));
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

}  // namespace

DebeziumDecoder::DebeziumDecoder(RecordPlan plan, TopicFields topic_fields, DebeziumForm form)
    : plan_(std::move(plan)), topic_fields_(std::move(topic_fields)), form_(std::move(form)), declared_(declared_forms(plan_, form_.decimals)) {
  std::vector<std::string> names;
  for (std::size_t field = 0; field < plan_.schema.fields.size(); ++field) {
    const std::string& path = plan_.field(field).path;
    const bool is_beside = (topic_fields_.columns() >> field & 1U) != 0;
    if (is_beside || !is_envelope_path(path) || !column_of_path(path).empty()) continue;
    names.push_back(added_name(path));
    added_fields_.push_back(static_cast<int>(field));
  }
  added_names_ = NameTable(std::move(names));
}

Result<std::unique_ptr<DebeziumDecoder>> DebeziumDecoder::make(Schema schema, DebeziumForm form) {
  for (const Field& field : schema.fields) {
    if (form.identity == ReplicaIdentity::kFull || !field.path.starts_with(kBeforePath)) continue;
    return fail(
        ErrorKind::kConfiguration,
        fmt::format("input {}: field {} is read from before the change, which REPLICA IDENTITY DEFAULT does not keep; ALTER TABLE ... REPLICA "
                    "IDENTITY FULL, then set replica_identity: full for the input",
                    printable(schema.input), printable(field.name)));
  }
  Result<TopicFields> topic_fields = TopicFields::make(schema, KeyMembers::kElsewhere);
  if (!topic_fields) return std::unexpected(std::move(topic_fields.error()));
  Result<RecordPlan> plan = RecordPlan::make(std::move(schema), topic_fields->columns());
  if (!plan) return std::unexpected(std::move(plan.error()));
  return std::unique_ptr<DebeziumDecoder>(new DebeziumDecoder(std::move(*plan), std::move(*topic_fields), std::move(form)));
}

std::unique_ptr<Decoder::Scratch> DebeziumDecoder::make_scratch() const {
  return std::make_unique<ChangeScratch>(
      ChangeRowPlan{plan_, declared_, added_names_, added_fields_, form_.unavailable, form_.identity == ReplicaIdentity::kDefault}, topic_fields_);
}

void DebeziumDecoder::decode(RecordBlock& block, std::uint64_t wanted, Scratch& scratch) const {
  auto* const own = dynamic_cast<ChangeScratch*>(&scratch);
  RECKONER_CHECK(own != nullptr && own->plan == &plan_, "a scratch of another decoder");
  const std::uint64_t doubles = ChangeReading(plan_, block, wanted, *own).run();
  if (doubles > 0) doubles_.fetch_add(doubles, std::memory_order_relaxed);
}

std::vector<std::string> DebeziumDecoder::warnings() const {
  const std::uint64_t doubles = doubles_.load(std::memory_order_relaxed);
  if (doubles == 0) return {};
  return {
      fmt::format("{} amounts of input '{}' came as JSON numbers with a fraction, which Debezium makes of doubles: beyond 15 digits they are not "
                  "what the table holds; set decimal.handling.mode=string or precise",
                  doubles, plan_.schema.input)};
}

}  // namespace reckoner
