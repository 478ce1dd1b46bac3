// Reads the log of a Kafka job for some shards, as far as it is decided, and judges which of their sections are valid (docs/protocol.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "connectors/kafka_gap.hpp"
#include "connectors/kafka_log_record.hpp"
#include "connectors/kafka_partition.hpp"
#include "engine/error.hpp"

namespace reckoner {

struct KafkaLogPlace {
  std::string topic;
  std::int32_t partitions = 1;  // of the log
  std::uint32_t shards = 1;
  std::uint64_t job_hash = 0;

  [[nodiscard]] std::int32_t partition_of(std::uint32_t shard) const {
    return static_cast<std::int32_t>(std::uint64_t{shard} * static_cast<std::uint64_t>(partitions) / shards);
  }
};

// One shard's valid sections, from where the scan began.
class ShardHistory {
 public:
  // `whole`: the scan began where the log did, before any section.
  // Without `keeps_epochs` only the last epoch is remembered, and those that its decisions are told with.
  explicit ShardHistory(bool whole, bool keeps_epochs = true) : known_(whole), whole_(whole), keeps_epochs_(keeps_epochs) {}

  // kCorruption when a section of a gap is not one.
  [[nodiscard]] Result<void> add(const LogSection& section, const std::string& slot, std::int64_t offset);

  [[nodiscard]] EpochId last_id() const { return last_id_; }
  [[nodiscard]] bool is_empty() const { return last_offset_ < 0; }
  [[nodiscard]] SectionKind last_kind() const { return last_kind_; }
  [[nodiscard]] std::int64_t last_offset() const { return last_offset_; }    // of the record in the log
  [[nodiscard]] const std::string& last_slot() const { return last_slot_; }  // of its instance
  [[nodiscard]] bool reaches_back() const { return known_; }                 // else no section was found that is valid for sure
  [[nodiscard]] bool is_whole() const { return whole_; }
  [[nodiscard]] bool keeps_epochs() const { return keeps_epochs_; }

  struct Epoch {
    EpochId id;
    std::int64_t offset = 0;
    std::string decisions;
  };
  // The first one's decisions are whole, and each one's are told with those before it (engine/decision_stream.hpp).
  [[nodiscard]] const std::vector<Epoch>& epochs() const { return epochs_; }
  // Whether epochs were met that nothing tells the decisions of, since the scan began behind their last whole one.
  [[nodiscard]] bool lacks_epochs() const { return lacks_epochs_; }
  // What was gone of the shard's inputs and accepted as that, in order.
  struct Gap {
    EpochId id;
    std::string slot;
    AcceptedGap gap;
  };
  [[nodiscard]] const std::vector<Gap>& gaps() const { return gaps_; }
  // Sections of a slot that did not take the shard over from the one before it: the protocol has none.
  [[nodiscard]] const std::vector<EpochId>& without_takeover() const { return without_takeover_; }
  [[nodiscard]] std::vector<Epoch> take_epochs() { return std::move(epochs_); }
  [[nodiscard]] const std::vector<std::int64_t>& ended_at() const { return ended_at_; }  // of the last epoch

 private:
  bool known_;
  bool whole_;
  bool keeps_epochs_;
  EpochId last_id_;
  SectionKind last_kind_ = SectionKind::kEpoch;
  std::int64_t last_offset_ = -1;
  std::string last_slot_;
  std::vector<Epoch> epochs_;
  bool lacks_epochs_ = false;
  std::vector<Gap> gaps_;
  std::vector<EpochId> without_takeover_;
  std::vector<std::int64_t> ended_at_;
};

// The decisions of one of them, by its place.
[[nodiscard]] Result<DecisionRecord> decisions_of(const std::vector<ShardHistory::Epoch>& epochs, std::size_t place);
// The place of the last one up to that whose decisions are whole.
[[nodiscard]] std::size_t whole_before(const std::vector<ShardHistory::Epoch>& epochs, std::size_t place);

// Whether the log was begun with as many partitions as it has: more would have shards look for their history where there is none.
[[nodiscard]] Result<void> check_log_partitions(KafkaClient& client, const KafkaLogPlace& place);

// Single-threaded; the client outlives it.
class KafkaLogScan {
 public:
  // `from`: the shards, and the offset of a record with an epoch of each that is early enough; 0 = the beginning.
  KafkaLogScan(KafkaClient& client, KafkaLogPlace place, const std::map<std::uint32_t, std::int64_t>& from, bool keeps_epochs = true);

  // On, up to the last stable offset.
  [[nodiscard]] Result<void> advance();
  // Everything of the shard's log partition before this offset was seen.
  [[nodiscard]] std::int64_t position(std::uint32_t shard) const;
  [[nodiscard]] ShardHistory& history(std::uint32_t shard) { return histories_.at(shard); }

 private:
  struct Partition {
    std::unique_ptr<KafkaPartition> records;
    std::int64_t next = 0;
    bool begun = false;
  };

  [[nodiscard]] Result<void> advance(Partition& partition);
  [[nodiscard]] Result<void> begin(Partition& partition);
  [[nodiscard]] Result<void> take(const KafkaRecord& stored, const KafkaPartition& partition);

  KafkaClient& client_;
  KafkaLogPlace place_;
  std::map<std::int32_t, Partition> partitions_;
  std::map<std::uint32_t, ShardHistory> histories_;
};

}  // namespace reckoner
