// Who is in a consumer group, and whether all of them are processes of this job. To one that is none the group gives shards that nobody then works on;
// who subscribes to other topics is of another job, which has the same log.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka_client.hpp"
#include "engine/background.hpp"
#include "engine/error.hpp"

namespace reckoner {

// With which the client id of a job's member begins: tools show it, and by it members are told from others.
inline constexpr std::string_view kMemberClient = "reckoner";

struct GroupMember {
  std::string client;                              // its client.id
  std::string host;                                // as the brokers see it
  std::optional<std::vector<std::string>> topics;  // that it subscribes to, sorted; nothing: it does not say so in a consumer's way
};

struct GroupMembers {
  std::string assignor;  // by which its partitions are given out
  std::vector<GroupMember> members;
};

// Of a consumer's subscription, as it sends it to the group.
[[nodiscard]] std::optional<std::vector<std::string>> subscribed_topics(std::span<const char> subscription);

// Asks the brokers, for `wait_ms` at most. Nothing while partitions are being given out anew, when members do not say what they subscribe to, or when
// there is no such group that the user may see.
[[nodiscard]] Result<std::optional<GroupMembers>> group_members(KafkaClient& client, const std::string& group, int wait_ms);

// What is to be said of those that are no processes of a job with these inputs; nothing when there are none.
[[nodiscard]] std::optional<std::string> strangers_text(const std::string& group, const GroupMembers& members, std::vector<std::string> inputs);

// Who the members are that keep others out, as "; its members share partitions by X: ..."; empty when that cannot be seen.
[[nodiscard]] std::string members_text(KafkaClient& client, const std::string& group);

// Looks at the members after each assignment: the first time at once, so that nothing is done beside others, then in a thread of its own, since it takes as
// long as the slowest broker. What cannot be seen is passed over, until the next assignment.
class KafkaMembersWatch {
 public:
  KafkaMembersWatch(KafkaClient& client, std::string group, std::vector<std::string> inputs);

  // `number` is that of the assignment at hand.
  void look(std::uint64_t number);
  // kConfiguration when members were found that are no processes of the job.
  [[nodiscard]] Result<void> take();

 private:
  void look_now();

  KafkaClient& client_;
  std::string group_;
  std::vector<std::string> inputs_;
  std::uint64_t looked_at_ = 0;
  std::optional<std::string> strangers_;  // of the look that is over
  Background looking_;                    // last: it uses the others
};

}  // namespace reckoner
