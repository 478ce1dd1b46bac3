// Membership of a slot in the job's consumer group: which shards it should have. It subscribes to every input and reads nothing: who should have
// partition p of the driver input should have partition p of each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "engine/error.hpp"

struct rd_kafka_consumer_group_metadata_s;
// NOLINTNEXTLINE(readability-identifier-naming): the library's name
struct rd_kafka_topic_partition_list_s;

namespace reckoner {

// Taken when an assignment arrived, and used for its shards alone: fresh metadata would pass for an assignment that was not served yet.
struct GroupSnapshot {
  std::uint64_t number = 0;  // grows by one an assignment
  std::vector<std::uint32_t> shards;
  rd_kafka_consumer_group_metadata_s* metadata = nullptr;

  GroupSnapshot() = default;
  ~GroupSnapshot();
  GroupSnapshot(const GroupSnapshot&) = delete;
  GroupSnapshot& operator=(const GroupSnapshot&) = delete;
};

// Single-threaded.
class KafkaGroup {
 public:
  // `topics` are the inputs, the driver first. An offset of `check_topic`, which nobody reads by the group, is committed where only the refusal of a
  // stale member counts. `on_revoke` is called while shards are still the slot's: the group waits for it.
  [[nodiscard]] static Result<std::unique_ptr<KafkaGroup>> join(const KafkaSettings& settings, const std::string& group, const std::string& slot,
                                                                const std::vector<std::string>& topics, const std::string& check_topic,
                                                                std::function<void()> on_revoke);
  ~KafkaGroup();

  // Serves the group, for `wait_ms` at most. kConfiguration when another process took the slot, or the group does not take the slot in. Where the slot
  // may have been lost to nobody but an own join whose answer was lost with a connection, that is trouble that passes: the next call joins anew, when
  // no use of the assignment may be on its way any more.
  [[nodiscard]] Result<void> serve(int wait_ms);
  // Null until the first assignment, and while shards are being given out anew.
  [[nodiscard]] const GroupSnapshot* assignment() const { return assigned_ ? &*assigned_ : nullptr; }
  // Whether the group still has the slot as its member: asks it.
  [[nodiscard]] Result<bool> confirm();

  // Tells the group that the slot is no member any more, so that its shards go to others at once. A slot that closes instead keeps them for the session's
  // time. Nothing is asked of the group after that.
  void leave();

  // Of librdkafka's callback.
  void assign(rd_kafka_topic_partition_list_s* partitions);
  void revoke();

 private:
  KafkaGroup(const KafkaSettings& settings, std::string group, std::string slot, std::vector<std::string> topics, std::string check_topic,
             std::function<void()> on_revoke);

  [[nodiscard]] Result<void> open();
  void close();
  [[nodiscard]] bool is_forgotten() const;
  [[nodiscard]] Error lost_slot(int code, std::string_view doing, std::string_view detail);

  KafkaSettings settings_;
  std::string group_;
  std::string slot_;
  std::vector<std::string> topics_;
  std::string check_topic_;
  std::function<void()> on_revoke_;
  std::uint64_t number_ = 0;
  std::optional<GroupSnapshot> assigned_;
  bool lost_connection_ = false;  // since the group last knew the slot for its member
  bool joins_anew_ = false;
  std::unique_ptr<KafkaClient> client_;
};

}  // namespace reckoner
