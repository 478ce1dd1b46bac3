#include "app/kafka_shards.hpp"

#include <algorithm>
#include <utility>

#include "engine/check.hpp"

namespace reckoner {

namespace {

// Where the epochs of a shard go on.
EpochId next_id(KafkaShardLog& log) { return {log.last_id().owner, log.last_id().epoch + 1}; }

}  // namespace

std::size_t KafkaShards::epochs_left() const {
  std::size_t left = 0;
  for (const auto& [number, recovery] : coming_) left += recovery->log().epochs_left();
  return left;
}

// One that is over, and not live yet, was built from the plan as it is. One that has not begun will be built from the plan as it is then.
bool KafkaShards::is_restoring() const {
  const auto is_started = [](const auto& shard) { return shard.second->is_started(); };
  return std::any_of(coming_.begin(), coming_.end(), is_started) || !kept_coming_.empty() || !ending_.empty();
}

KafkaShardLog& KafkaShards::log(std::uint32_t shard) {
  if (const auto live = live_.find(shard); live != live_.end()) return *live->second->log;
  const auto coming = coming_.find(shard);
  RECKONER_CHECK(coming != coming_.end(), "shard {} is not here", shard);
  return coming->second->log();
}

std::vector<std::uint32_t> KafkaShards::numbers() const {
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, shard] : live_) numbers.push_back(number);
  for (const auto& [number, recovery] : coming_) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void KafkaShards::take(AcquiredShard acquired, const std::vector<AcceptedGap>& accepted, KafkaClient& reader) {
  const std::uint32_t number = acquired.shard;
  const auto goes_on = [&](KafkaShardLog& log) {
    if (log.last_offset() != acquired.seen || !accepted.empty()) return false;
    log.go_on_from(acquired.takeover, acquired.history.last_offset());
    return true;
  };
  if (const auto kept = kept_.find(number); kept != kept_.end()) {
    if (goes_on(*kept->second->log)) {
      kept->second->job().number_from(next_id(*kept->second->log));
      live_.insert(kept_.extract(kept));
      return;
    }
    kept_.erase(kept);  // its state directory is opened anew
  }
  if (const auto kept = kept_coming_.find(number); kept != kept_coming_.end()) {
    if (goes_on(kept->second->log())) {
      coming_.insert(kept_coming_.extract(kept));
      return;
    }
    kept->second->give_up();
    ending_.insert(kept_coming_.extract(kept));
  }
  coming_[number] = std::make_unique<ShardRecovery>(ground_, reader, make_shard(ground_, std::move(acquired), accepted));
}

// One whose directory is held by another that was given up waits for that.
void KafkaShards::begin_some() {
  const auto is_busy = [](const auto& shard) { return shard.second->is_started() && !shard.second->is_over(); };
  auto busy = static_cast<std::size_t>(std::count_if(coming_.begin(), coming_.end(), is_busy));
  for (const auto& [number, recovery] : coming_) {
    if (busy >= at_once_) return;
    if (recovery->is_started() || ending_.contains(number)) continue;
    recovery->start();
    ++busy;
  }
}

Result<std::vector<const KafkaShard*>> KafkaShards::look() {
  std::erase_if(ending_, [](const auto& shard) { return shard.second->is_over(); });
  std::vector<const KafkaShard*> back;
  for (auto at = coming_.begin(); at != coming_.end();) {
    if (!at->second->is_over()) {
      ++at;
      continue;
    }
    const auto over = coming_.extract(at++);
    auto shard = over.mapped()->take();
    if (!shard) return std::unexpected(shard.error());
    (*shard)->job().number_from(next_id(*(*shard)->log));
    back.push_back(shard->get());
    live_[over.key()] = std::move(*shard);
  }
  begin_some();
  return back;
}

void KafkaShards::keep_coming() {
  for (auto& [number, recovery] : coming_) {
    if (recovery->is_started()) kept_coming_[number] = std::move(recovery);
  }
  coming_.clear();
}

void KafkaShards::keep() {
  RECKONER_CHECK(kept_.empty() && kept_coming_.empty());
  kept_ = std::move(live_);
  live_.clear();
  keep_coming();
}

void KafkaShards::forget_kept() {
  kept_.clear();
  for (auto& [number, recovery] : kept_coming_) {
    recovery->give_up();
    ending_[number] = std::move(recovery);
  }
  kept_coming_.clear();
}

void KafkaShards::drop() {
  live_.clear();
  kept_.clear();
  keep_coming();
}

void KafkaShards::clear() {
  for (Coming* const threads : {&coming_, &kept_coming_}) {
    for (const auto& [number, recovery] : *threads) recovery->give_up();
  }
  for (Coming* const threads : {&coming_, &kept_coming_, &ending_}) threads->clear();
  live_.clear();
  kept_.clear();
}

}  // namespace reckoner
