// Reads the copies of a checkpoint directory without changing anything in it, and without its lock: a running job may make and remove copies
// meanwhile. For looking at a state, never for going on from it.
#pragma once

#include <memory>
#include <string>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"

namespace rocksdb {
class Env;
}

namespace reckoner {

class CopyDirectory;
class StateFiles;

// Not thread-safe.
class CheckpointReader final : public CheckpointStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<CheckpointReader>> open(const std::string& directory);
  ~CheckpointReader() override;

  // Damaged and unconfirmed copies are passed over and named in `warnings`, but stay where they are.
  [[nodiscard]] Result<std::optional<CheckpointHeader>> restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                std::vector<std::string>& warnings) override;
  // Number of the copy that restore() brought back; 0 = none.
  [[nodiscard]] std::uint64_t restored() const { return restored_; }

  [[nodiscard]] EpochId oldest_kept() const override;  // {0, 0} when there is none

  // Nothing of this is a reader's business: kInternal.
  void begin() override {}
  [[nodiscard]] Result<void> add(std::span<const CheckpointPortion> portions) override;
  [[nodiscard]] Result<void> write(const CheckpointHeader& header, std::span<const CheckpointParts* const> shards) override;
  [[nodiscard]] Result<std::vector<CheckpointInfo>> list(bool verify) override;
  [[nodiscard]] Result<void> roll_back_to(std::uint64_t number) override;

 private:
  CheckpointReader();
  [[nodiscard]] Result<CheckpointHeader> read(std::uint64_t number, const IsCommitted& is_committed, const PartVisitor& visitor) const;

  std::unique_ptr<StateFiles> files_;
  std::unique_ptr<CopyDirectory> copies_;
  std::unique_ptr<rocksdb::Env> env_;
  std::uint64_t restored_ = 0;
};

}  // namespace reckoner
