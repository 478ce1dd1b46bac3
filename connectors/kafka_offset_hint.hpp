// The offsets that a job's consumer group keeps: a hint for tools that show how far a group is behind. The log holds what counts; nothing of ours reads
// these, and a commit of them that fails is made good by the next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct rd_kafka_s;

namespace reckoner {

struct NextOffset {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;  // of the record to be read next
};

// Single-threaded; outlives the members that it is used with.
class KafkaOffsetHint {
 public:
  // Sends them and does not wait; nothing is done while others are on their way. The answer comes with one of the member's next polls.
  void send(rd_kafka_s* member, const std::vector<NextOffset>& next);
  [[nodiscard]] bool is_on_its_way() const { return on_its_way_; }
  // Answered, with whatever, or the member is gone.
  void settle() { on_its_way_ = false; }

 private:
  bool on_its_way_ = false;
};

}  // namespace reckoner
