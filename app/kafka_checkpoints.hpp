// Checkpoints of one shard of a Kafka job: a copy is written when its epoch is committed, and beside the copies lies where in the log the
// oldest of them begins, so that coming back need not read the log from its beginning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/copy_sharing.hpp"
#include "connectors/kafka_shard_log.hpp"
#include "engine/checkpoint_store.hpp"
#include "engine/files.hpp"

namespace reckoner {

// Offset in the log from which a shard's state directory needs it, 0 = from the beginning; nothing when it has never had a copy.
[[nodiscard]] Result<std::optional<std::int64_t>> kept_log_offset(Files& files, const std::string& directory);
// After a loss of all copies: from the beginning again.
[[nodiscard]] Result<void> forget_log_offset(Files& files, const std::string& directory);

class KafkaCheckpoints final : public CheckpointStore {
 public:
  // `log` outlives every write(). `sharing`, if any, is of the same store.
  KafkaCheckpoints(std::unique_ptr<CheckpointStore> store, Files& files, std::string directory, KafkaShardLog& log,
                   std::unique_ptr<CopySharing> sharing)
      : store_(std::move(store)), files_(files), directory_(std::move(directory)), log_(log), sharing_(std::move(sharing)) {}

  void begin() override { store_->begin(); }
  [[nodiscard]] Result<void> add(std::span<const CheckpointPortion> portions) override { return store_->add(portions); }
  [[nodiscard]] Result<void> write(const CheckpointHeader& header, std::span<const CheckpointParts* const> parts) override;
  // Ends early when the shard is given up.
  [[nodiscard]] Result<std::optional<CheckpointHeader>> restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                std::vector<std::string>& warnings) override;
  [[nodiscard]] Result<std::vector<CheckpointInfo>> list(bool verify) override { return store_->list(verify); }
  [[nodiscard]] Result<void> roll_back_to(std::uint64_t number) override { return store_->roll_back_to(number); }
  [[nodiscard]] EpochId oldest_kept() const override { return store_->oldest_kept(); }

 private:
  [[nodiscard]] Result<std::int64_t> note_log_offset();

  std::unique_ptr<CheckpointStore> store_;
  Files& files_;
  std::string directory_;
  KafkaShardLog& log_;
  std::unique_ptr<CopySharing> sharing_;  // before the store that it reads
};

}  // namespace reckoner
