#include "connectors/json_decoder.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <utility>

#include "connectors/block_writer.hpp"
#include "connectors/json_strict.hpp"
#include "connectors/template_set.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

struct JsonScratch : Decoder::Scratch {
  JsonScratch(const RecordPlan& record_plan, const TopicFields& topic_fields) : plan(&record_plan), reader(record_plan), beside(topic_fields) {}

  const RecordPlan* plan;
  StrictJsonReader reader;
  TopicFieldReader beside;
  JsonRow row;
  TemplateSet templates;
  JsonDecoder::Paths paths;
  std::uint64_t record_bytes = 256;  // of a record of the block before, on average
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// One decode() of one block.
class BlockReading {
 public:
  BlockReading(const RecordPlan& plan, JsonTemplates templates, RecordBlock& block, std::uint64_t wanted, JsonScratch& scratch)
      : plan_(plan),
        templates_(templates),
        block_(block),
        wanted_(wanted),
        scratch_(scratch),
        writer_(block, plan.schema.fields.size(), wanted, block.text_bytes / scratch.record_bytes + 1) {}

  void run() {
    if (block_.topic_records.empty())
      read_lines();
    else
      read_topic();
    if (writer_.row() > 0) scratch_.record_bytes = block_.text_bytes / writer_.row() + 1;
    writer_.finish();
  }

 private:
  void read_lines() {
    std::size_t at = 0;
    while (at < block_.text_bytes) {
      if (block_.text[at] == '\n') {
        ++at;
        continue;
      }
      writer_.begin_row();
      const std::size_t next = uses_templates() ? read_by_template(at) : at;
      at = next != at ? next : read_strictly(at);
    }
  }

  void read_topic() {
    for (const TopicRecord& record : block_.topic_records) {
      writer_.begin_row();
      if (record.has_value)
        read_value(record.value.offset, record.value.length);
      else
        writer_.pass_over(record.value.offset, 0, SkipCode::kTombstone);
    }
  }

  [[nodiscard]] bool uses_templates() const { return templates_ == JsonTemplates::kLearn && !scratch_.templates.empty(); }

  // Each returns the offset of the next line; the first returns `begin` when no template matches.
  std::size_t read_by_template(std::size_t begin);
  std::size_t read_strictly(std::size_t begin);
  void read_value(std::size_t begin, std::size_t length);
  void read_record(std::size_t begin, std::string_view record);
  void reject(std::size_t begin, std::size_t length, const JsonFault& fault);
  void accept(std::size_t begin, std::size_t length);

  const RecordPlan& plan_;
  JsonTemplates templates_;
  RecordBlock& block_;
  std::uint64_t wanted_;
  JsonScratch& scratch_;
  BlockWriter writer_;
};

std::size_t BlockReading::read_by_template(std::size_t begin) {
  const char* const text = block_.text.data();
  const JsonTemplate::Match match = scratch_.templates.match(text, text + begin, writer_);
  if (match.end == nullptr) return begin;
  const auto end = static_cast<std::size_t>(match.end - text);
  std::size_t line_end = end;
  if (text[line_end] == '\r') ++line_end;
  const bool whole = text[line_end] == '\n' || line_end == block_.text_bytes;
  if (!whole || line_end > block_.text_bytes || end - begin > kRecordBytesMax) return begin;
  writer_.accept(begin, end - begin, match.present);
  ++scratch_.paths.by_template;
  return line_end + 1;
}

std::size_t BlockReading::read_strictly(std::size_t begin) {
  const std::string_view text(block_.text.data(), block_.text_bytes);
  const std::size_t line_end = std::min(text.find('\n', begin), text.size());
  std::string_view record = text.substr(begin, line_end - begin);
  if (record.ends_with('\r')) record.remove_suffix(1);
  if (!is_blank(record)) read_record(begin, record);
  return line_end + 1;
}

// A topic's value, which ends where it ends, whatever line ends it holds.
void BlockReading::read_value(std::size_t begin, std::size_t length) {
  const char* const at = block_.text.data() + begin;
  if (uses_templates() && length <= kRecordBytesMax) {
    const JsonTemplate::Match match = scratch_.templates.match(block_.text.data(), at, writer_);
    if (match.end == at + length) {
      ++scratch_.paths.by_template;
      scratch_.beside.complete(block_, writer_, begin, length, match.present);
      return;
    }
  }
  read_record(begin, {at, length});
}

void BlockReading::read_record(std::size_t begin, std::string_view record) {
  ++scratch_.paths.strict;
  if (record.size() > kRecordBytesMax) {
    reject(begin, record.size(),
           {RejectCode::kTooLarge, -1, kRecordBytesMax + 1,
            fmt::format("{} bytes, at most {} allowed; split the record", record.size(), kRecordBytesMax)});
    return;
  }
  JsonRow& row = scratch_.row;
  row.text_offset = static_cast<std::uint32_t>(begin);
  row.unescaped_offset = static_cast<std::uint32_t>(block_.text.size());
  row.wanted = wanted_;
  row.collect_slots = templates_ == JsonTemplates::kLearn && scratch_.templates.wants_to_learn();
  if (const std::optional<JsonFault> fault = scratch_.reader.read(record, row)) {
    reject(begin, record.size(), *fault);
    return;
  }
  if (row.collect_slots) scratch_.templates.learn(plan_, record, row.slots);
  accept(begin, record.size());
}

void BlockReading::accept(std::size_t begin, std::size_t length) {
  const JsonRow& row = scratch_.row;
  for (std::size_t field = 0; field < block_.columns.size(); ++field) {
    if (std::int64_t* const column = writer_.column(field); column != nullptr) column[writer_.row()] = row.cells[field];
  }
  block_.text.insert(block_.text.end(), row.unescaped.begin(), row.unescaped.end());
  scratch_.beside.complete(block_, writer_, begin, length, row.present);
}

void BlockReading::reject(std::size_t begin, std::size_t length, const JsonFault& fault) {
  writer_.reject(begin, length, fault.code, std::string(plan_.field_name(fault.field)), fmt::format("byte {}: {}", fault.column, fault.text));
}

}  // namespace

JsonDecoder::JsonDecoder(RecordPlan plan, TopicFields topic_fields, JsonTemplates templates)
    : plan_(std::move(plan)), topic_fields_(std::move(topic_fields)), templates_(templates) {}

Result<std::unique_ptr<JsonDecoder>> JsonDecoder::make(Schema schema, JsonTemplates templates) {
  Result<TopicFields> topic_fields = TopicFields::make(schema);
  if (!topic_fields) return std::unexpected(std::move(topic_fields.error()));
  Result<RecordPlan> plan = RecordPlan::make(std::move(schema), topic_fields->columns());
  if (!plan) return std::unexpected(std::move(plan.error()));
  return std::unique_ptr<JsonDecoder>(new JsonDecoder(std::move(*plan), std::move(*topic_fields), templates));
}

std::unique_ptr<Decoder::Scratch> JsonDecoder::make_scratch() const { return std::make_unique<JsonScratch>(plan_, topic_fields_); }

void JsonDecoder::decode(RecordBlock& block, std::uint64_t wanted, Scratch& scratch) const {
  auto* const own = dynamic_cast<JsonScratch*>(&scratch);
  RECKONER_CHECK(own != nullptr && own->plan == &plan_, "a scratch of another decoder");
  BlockReading(plan_, templates_, block, wanted, *own).run();
}

JsonDecoder::Paths JsonDecoder::paths(const Scratch& scratch) {
  const auto* const own = dynamic_cast<const JsonScratch*>(&scratch);
  RECKONER_CHECK(own != nullptr, "a scratch of another kind of decoder");
  return own->paths;
}

}  // namespace reckoner
