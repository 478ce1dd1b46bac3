// Fields of a topic's record that are not in its value, but beside it:
//   $.key            the key, as it is
//   $.key.FIELD      a member of the key, which is a JSON object, by itself or with a schema part around it
//   $.headers.NAME   the last header of that name
//   $.timestamp      when the record was made, or appended to the topic, as the topic is set up
//   $.partition, $.offset
// Key and headers hold texts, so that a field's type decides how they are read, as in CSV. What is not there is unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/block_writer.hpp"
#include "connectors/field_value.hpp"
#include "connectors/json_strict.hpp"
#include "engine/error.hpp"
#include "engine/schema.hpp"

namespace reckoner {

// Who reads what `$.key.NAME` names.
enum class KeyMembers : std::uint8_t {
  kBesideValue,
  kElsewhere,  // a decoder reads the key's members by itself
};

// Read-only after construction, any thread.
class TopicFields {
 public:
  // kConfiguration: a field whose type cannot be what its path names.
  [[nodiscard]] static Result<TopicFields> make(const Schema& schema, KeyMembers key_members = KeyMembers::kBesideValue);

  [[nodiscard]] bool empty() const { return fields_.empty(); }
  [[nodiscard]] std::uint64_t columns() const { return columns_; }  // bit f set = field f is one of these

 private:
  friend class TopicFieldReader;
  enum class Kind : std::uint8_t { kKey, kKeyField, kHeader, kTimestamp, kPartition, kOffset };
  struct Entry {
    std::size_t column;
    Kind kind;
    std::string name;  // of the header, or of the key's member with points between
    FieldReader reader;
    bool required;
  };

  std::vector<Entry> fields_;
  std::uint64_t columns_ = 0;
};

// One a thread; the fields outlive it.
class TopicFieldReader {
 public:
  explicit TopicFieldReader(const TopicFields& fields) : fields_(fields) {}

  // Accepts the writer's row, whose value is at `begin` and has the fields `present`, together with what stands beside the value of the record in
  // `block` with the same number; or rejects it. Texts are put behind the block's own.
  void complete(RecordBlock& block, BlockWriter& writer, std::size_t begin, std::size_t length, std::uint64_t present) {
    if (fields_.empty()) return writer.accept(begin, length, present);
    complete_beside(block, writer, begin, length, present);
  }

 private:
  using Entry = TopicFields::Entry;
  struct Fault {
    RejectCode code = RejectCode::kNone;
    std::string field;
    std::string text;
  };
  struct Found {
    bool there = false;
    ParsedCell parsed;
    std::string_view text;  // of a string field: what it holds; else what was read
  };

  void complete_beside(RecordBlock& block, BlockWriter& writer, std::size_t begin, std::size_t length, std::uint64_t present);
  [[nodiscard]] std::optional<Fault> read(RecordBlock& block, const BlockWriter& writer, std::uint64_t& present);
  [[nodiscard]] Found find(const RecordBlock& block, std::uint32_t row, const Entry& entry);
  [[nodiscard]] static Found from_text(const Entry& entry, std::string_view text);
  [[nodiscard]] Found from_key(const Entry& entry, std::string_view key);
  [[nodiscard]] static Found from_integer(const Entry& entry, std::int64_t value);

  const TopicFields& fields_;
  JsonValidator validator_;
  std::string unescaped_;
};

}  // namespace reckoner
