// The offsets that a job's consumer group keeps: a hint for tools that show how far a group is behind. The log holds what counts; nothing of ours reads
// these, and a commit of them that fails is made good by the next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "engine/background.hpp"

namespace reckoner {

struct NextOffset {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;  // of the record to be read next
};

// Sends by a client and in a thread of its own. Sent by the group's member, a commit would hold up its heartbeats while a broker is away that has a copy of the
// group's topic, for nearly as long as a session; in an epoch's transaction it would hold up that. So it is a transaction by itself, of a producer that
// the group takes for no member.
class KafkaOffsetHint {
 public:
  // `id` is that of the producer.
  KafkaOffsetHint(KafkaSettings settings, std::string group, std::string id);
  ~KafkaOffsetHint();

  // Does not wait. While others are on their way, these wait for the next call.
  void send(std::vector<NextOffset> next);
  // Waits for what is on its way, a few seconds at most.
  void settle();

 private:
  void start(std::vector<NextOffset> next);
  [[nodiscard]] bool open();
  [[nodiscard]] bool commit(const std::vector<NextOffset>& next);

  KafkaSettings settings_;
  std::string group_;
  std::string id_;
  std::vector<NextOffset> waiting_;
  std::unique_ptr<KafkaClient> client_;  // of the thread
  Background sending_;                   // last: it uses the others
};

}  // namespace reckoner
