// The records that the reader hands to the shards in one go: rows of decoded blocks in recorded order, with what was stamped on each once,
// in log order, before it went anywhere. Read-only while shards work on it, but for late marks and lent facts, of which each shard writes its own
// rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/added_entries.hpp"
#include "engine/lent_facts.hpp"
#include "engine/record_block.hpp"
#include "engine/row_order.hpp"

namespace reckoner {

// The key of a record for one key kind: where its bytes are, and the pinned hash (engine/key.hpp). length == kNoKey: the record has none.
struct RecordKey {
  static constexpr std::uint32_t kNoKey = ~std::uint32_t{0};
  std::uint64_t hash = 0;
  TextRef text{0, kNoKey};

  [[nodiscard]] bool is_absent() const { return text.length == kNoKey; }
};

// A decoded block with the keys of its records, [key kind][row]. Composed keys live in key_text; a key's TextRef points into it when
// `composed` says so for the key kind and input, else into the block's text.
struct KeyedBlock {
  RecordBlock records;
  std::vector<std::vector<RecordKey>> keys;
  std::vector<std::uint8_t> composed;  // by key kind
  std::vector<char> key_text;
  std::vector<std::uint8_t> filtered;  // [row], 1 = the input's filter does not let it through; empty = no filter

  [[nodiscard]] std::string_view key(std::size_t kind, std::uint32_t row) const {
    const TextRef ref = keys[kind][row].text;
    return composed[kind] != 0 ? std::string_view{key_text.data() + ref.offset, ref.length} : records.string(ref);
  }
};

struct RowRef {
  std::uint32_t block = 0;
  std::uint32_t row = 0;
};

// (input, partition, record) in one word, so that windows can keep where each of their records came from.
struct PackedPosition {
  static constexpr int kRecordBits = 40;
  static constexpr int kPartitionBits = 18;
  static constexpr int kInputBits = 6;

  [[nodiscard]] static std::uint64_t pack(PartitionId id, std::uint64_t record) {
    return std::uint64_t{id.input} << (kPartitionBits + kRecordBits) | std::uint64_t{id.partition} << kRecordBits | record;
  }
  [[nodiscard]] static PartitionId partition(std::uint64_t packed) {
    return {static_cast<InputId>(packed >> (kPartitionBits + kRecordBits)),
            static_cast<std::uint32_t>(packed >> kRecordBits & ((1U << kPartitionBits) - 1U))};
  }
  [[nodiscard]] static std::uint64_t record(std::uint64_t packed) { return packed & ((std::uint64_t{1} << kRecordBits) - 1U); }
};

using KindSet = std::uint16_t;  // key kinds, a bit each

enum class RowState : std::uint8_t { kLive, kRejected, kFiltered, kDuplicate };

struct Round {
  std::uint64_t first_sequence = 0;  // records read since the job was created, before row 0
  std::vector<std::shared_ptr<KeyedBlock>> blocks;
  std::vector<RowRef> rows;
  std::vector<RowState> state;
  // Of derived records RowOrder::place of what each comes of, of those that waited that of what let them go; empty = records as read.
  std::vector<std::uint64_t> place;
  std::vector<std::uint32_t> turn;                   // of records that waited, among those of one place
  const Round* let_go_by = nullptr;                  // of records that waited (engine/event_time_order.hpp): where event time passed them
  std::vector<std::int64_t> event_time;              // ms; meaningless for rejected rows
  std::vector<std::vector<std::int64_t>> watermark;  // [watermark group][row], in force when the record was read
  std::vector<std::int64_t> watermark_after;         // [watermark group], after the last row
  std::vector<std::vector<std::uint8_t>> late;       // [key kind][row], 1 = a total of that key kind refused it
  LentFacts lent;
  const AddedEntries* added = nullptr;  // the job's; null = rules add to no list

  [[nodiscard]] const KeyedBlock& block(std::size_t row) const { return *blocks[rows[row].block]; }
  [[nodiscard]] InputId input(std::size_t row) const { return block(row).records.partition.input; }
  // In recorded order; else that of what its place is of.
  [[nodiscard]] std::uint64_t sequence(std::size_t row) const { return place.empty() ? first_sequence + row : RowOrder::sequence(place[row]); }
  [[nodiscard]] std::uint64_t position(std::size_t row) const {
    const RecordBlock& records = block(row).records;
    return PackedPosition::pack(records.origin(rows[row].row), records.record(rows[row].row));
  }
  // What came with the row, when another shard handed it on; else null.
  [[nodiscard]] const HandedOn* handed_on(std::size_t row) const {
    const RecordBlock& records = block(row).records;
    return records.handed_on.empty() ? nullptr : &records.handed_on[rows[row].row];
  }
  void clear();
};

}  // namespace reckoner
