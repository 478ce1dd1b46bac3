// Decoder of JSON lines: one object a line, LF or CRLF, blank lines skipped. The rules are those of the strict reader
// (connectors/json_strict.hpp) and of the schema; templates (connectors/json_template.hpp) only make them fast. How values are read:
// integers, durations and epoch times are JSON numbers that are whole; decimals and money are numbers or strings that hold a number; RFC 3339
// times, enums and strings are strings; null is absent. Member names with dots in a field's path step into objects; paths that begin with "$."
// name what a topic's record has beside its value (connectors/topic_fields.hpp). A topic's record is one object, with any line ends in it, or
// no value: a tombstone, which is passed over.
#pragma once

#include <cstdint>
#include <memory>

#include "connectors/record_plan.hpp"
#include "connectors/topic_fields.hpp"
#include "engine/decoder.hpp"
#include "engine/error.hpp"

namespace reckoner {

enum class JsonTemplates : std::uint8_t {
  kLearn,
  kOff,  // every record takes the strict path: for comparing and measuring
};

class JsonDecoder : public Decoder {
 public:
  // kConfiguration errors as RecordPlan::make and TopicFields::make say.
  [[nodiscard]] static Result<std::unique_ptr<JsonDecoder>> make(Schema schema, JsonTemplates templates = JsonTemplates::kLearn);

  [[nodiscard]] std::unique_ptr<Scratch> make_scratch() const override;
  void decode(RecordBlock& block, std::uint64_t wanted, Scratch& scratch) const override;

  // Records that a scratch of this decoder has read so far, by the way they took.
  struct Paths {
    std::uint64_t by_template = 0;
    std::uint64_t strict = 0;
  };
  [[nodiscard]] static Paths paths(const Scratch& scratch);

 private:
  JsonDecoder(RecordPlan plan, TopicFields topic_fields, JsonTemplates templates);

  RecordPlan plan_;
  TopicFields topic_fields_;
  JsonTemplates templates_;
};

}  // namespace reckoner
