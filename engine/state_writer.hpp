// Where operators put what they keep outside the records when a checkpoint gathers: parts of their own, or, for what changes whenever the
// record does, a tail that is stored with the record's image and so costs no part. Both come back through Operator::load() by name.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/byte_buffer.hpp"
#include "engine/checkpoint_store.hpp"

namespace reckoner {

class StateWriter {
 public:
  // Whether this call is the first of its checkpoint: what an operator gives without a record, in this call and those after it, is as of now.
  [[nodiscard]] bool begins() const { return begins_; }
  // `part` is not empty and unique within what the operator keeps for the record (or by itself). Parts of a record come in key order.
  void put(std::string_view part, std::span<const char> value) { add(Kind::kPart, part, value); }
  void remove(std::string_view part) { add(Kind::kRemoved, part, {}); }
  // For a record only, and whole each time: a tail that is not given again is gone.
  void put_tail(std::string_view part, std::span<const char> value) { add(Kind::kTail, part, value); }

  enum class Kind : std::uint8_t { kPart, kRemoved, kTail };
  struct Entry {
    Kind kind;
    std::uint8_t op;  // which operator
    std::uint32_t name_offset;
    std::uint32_t name_bytes;
    std::uint32_t value_bytes;  // the value follows the name
  };
  void clear() {
    entries_.clear();
    bytes_.clear();
  }
  void begin(std::uint8_t op, bool begins) {
    op_ = op;
    begins_ = begins;
  }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] std::string_view name(const Entry& entry) const { return bytes_.text().substr(entry.name_offset, entry.name_bytes); }
  [[nodiscard]] std::string_view value(const Entry& entry) const {
    return bytes_.text().substr(entry.name_offset + entry.name_bytes, entry.value_bytes);
  }

  // Puts all but tails into `parts`, each named by `prefix`, the operator's number and its own name. Returns whether there was anything.
  bool put_into(CheckpointParts& parts, std::string_view prefix) const;

 private:
  void add(Kind kind, std::string_view part, std::span<const char> value) {
    RECKONER_CHECK(!part.empty(), "a part without a name");
    entries_.push_back(
        {kind, op_, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(part.size()), static_cast<std::uint32_t>(value.size())});
    bytes_.append(part);
    bytes_.append({value.data(), value.size()});
    RECKONER_CHECK(bytes_.size() <= kBytesMax, "{} bytes of one record's parts", bytes_.size());
  }

  static constexpr std::size_t kBytesMax = 1U << 31U;
  std::vector<Entry> entries_;
  ByteBuffer bytes_;
  std::uint8_t op_ = 0;
  bool begins_ = false;
};

}  // namespace reckoner
