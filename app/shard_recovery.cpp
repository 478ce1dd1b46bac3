#include "app/shard_recovery.hpp"

#include <utility>

#include "engine/check.hpp"

namespace reckoner {

ShardRecovery::ShardRecovery(const KafkaGround& ground, KafkaClient& reader, std::unique_ptr<KafkaShard> shard)
    : ground_(ground), reader_(reader), shard_(std::move(shard)), thread_(true, Background::Pace::kUnhurried) {}

ShardRecovery::~ShardRecovery() {
  if (!is_started()) return;
  if (shard_) give_up();
  thread_.wait();
}

void ShardRecovery::start() {
  RECKONER_CHECK(!started_, "shard {} comes back twice", shard_->number);
  started_ = true;
  thread_.start([this]() -> Result<void> {
    result_ = restore_shard(ground_, reader_, *shard_);
    ground_.wake->notify();
    return {};
  });
}

Result<std::unique_ptr<KafkaShard>> ShardRecovery::take() {
  RECKONER_CHECK(is_over(), "shard {} is not back yet", shard_->number);
  if (!result_) return std::unexpected(result_.error());
  return std::move(shard_);
}

}  // namespace reckoner
