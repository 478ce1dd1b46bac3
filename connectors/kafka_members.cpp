#include "connectors/kafka_members.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "connectors/kafka_error.hpp"

namespace reckoner {

namespace {

constexpr int kLookMs = 3000;
constexpr std::string_view kStable = "Stable";  // what members subscribe to is told in this state alone

struct FreeList {
  void operator()(const rd_kafka_group_list* list) const { rd_kafka_group_list_destroy(list); }
};

// Integers of a request, the high byte first.
template <typename Integer>
std::optional<Integer> take(std::span<const char>& bytes) {
  if (bytes.size() < sizeof(Integer)) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  bytes = bytes.subspan(sizeof(Integer));
  return static_cast<Integer>(value);
}

GroupMember member_of(const rd_kafka_group_member_info& info) {
  const std::span<const char> subscription(static_cast<const char*>(info.member_metadata), static_cast<std::size_t>(info.member_metadata_size));
  return {info.client_id, info.client_host, subscribed_topics(subscription)};
}

std::string stranger_text(const GroupMember& member, bool has_inputs) {
  const std::string who = fmt::format("client '{}' at {}", member.client, member.host);
  if (has_inputs) return fmt::format("{}, which is no process of a job", who);
  if (!member.topics) return fmt::format("{}, which is no consumer of topics", who);
  return fmt::format("{}, which subscribes to {}", who, member.topics->empty() ? "no topic" : fmt::format("{}", fmt::join(*member.topics, ", ")));
}

}  // namespace

std::optional<std::vector<std::string>> subscribed_topics(std::span<const char> subscription) {
  const auto version = take<std::int16_t>(subscription);
  const auto count = take<std::int32_t>(subscription);
  if (!version || !count || *count < 0) return std::nullopt;
  std::vector<std::string> topics;
  for (std::int32_t i = 0; i < *count; ++i) {
    const auto length = take<std::int16_t>(subscription);
    if (!length || *length < 0 || static_cast<std::size_t>(*length) > subscription.size()) return std::nullopt;
    topics.emplace_back(subscription.data(), static_cast<std::size_t>(*length));
    subscription = subscription.subspan(static_cast<std::size_t>(*length));
  }
  std::sort(topics.begin(), topics.end());
  return topics;
}

Result<std::optional<GroupMembers>> group_members(KafkaClient& client, const std::string& group, int wait_ms) {
  const rd_kafka_group_list* given = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_list_groups(client.handle(), group.c_str(), &given, wait_ms);
  const std::unique_ptr<const rd_kafka_group_list, FreeList> list(given);
  // Partial: a broker did not answer, and another that coordinates the group did.
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__PARTIAL)
    return std::unexpected(kafka_error(code, fmt::format("look at the members of group {}", group)));
  for (int i = 0; list && i < list->group_cnt; ++i) {
    const rd_kafka_group_info& found = list->groups[i];
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR || found.state != kStable) continue;
    GroupMembers members{found.protocol, {}};
    for (int member = 0; member < found.member_cnt; ++member) members.members.push_back(member_of(found.members[member]));
    return members;
  }
  return std::nullopt;
}

std::optional<std::string> strangers_text(const std::string& group, const GroupMembers& members, std::vector<std::string> inputs) {
  std::sort(inputs.begin(), inputs.end());
  std::vector<std::string> strangers;
  for (const GroupMember& member : members.members) {
    const bool has_inputs = member.topics == inputs;
    if (!has_inputs || !member.client.starts_with(kMemberClient)) strangers.push_back(stranger_text(member, has_inputs));
  }
  if (strangers.empty()) return std::nullopt;
  return fmt::format(
      "group {}: the job's processes subscribe to {}, and the group also has {}. Shards that go to others are worked on by nobody, and jobs with one "
      "name have one log: stop the others or give them another group; another job needs a name of its own (job: NAME, or --set job=NAME)",
      group, fmt::join(inputs, ", "), fmt::join(strangers, "; "));
}

std::string members_text(KafkaClient& client, const std::string& group) {
  const auto found = group_members(client, group, kLookMs);
  if (!found) return {};
  const std::optional<GroupMembers>& members = *found;
  if (!members) return {};
  std::vector<std::string> texts;
  texts.reserve(members->members.size());
  for (const GroupMember& member : members->members) texts.push_back(stranger_text(member, false));
  return fmt::format("; its members share partitions by '{}': {}", members->assignor, fmt::join(texts, "; "));
}

KafkaMembersWatch::KafkaMembersWatch(KafkaClient& client, std::string group, std::vector<std::string> inputs)
    : client_(client), group_(std::move(group)), inputs_(std::move(inputs)), looking_(true, Background::Pace::kUnhurried) {}

void KafkaMembersWatch::look(std::uint64_t number) {
  if (number == looked_at_ || looking_.busy()) return;
  const bool is_first = std::exchange(looked_at_, number) == 0;
  if (is_first) return look_now();
  looking_.start([this]() -> Result<void> {
    look_now();
    return {};
  });
}

void KafkaMembersWatch::look_now() {
  const auto found = group_members(client_, group_, kLookMs);
  if (!found) return;
  const std::optional<GroupMembers>& members = *found;
  if (members) strangers_ = strangers_text(group_, *members, inputs_);
}

Result<void> KafkaMembersWatch::take() {
  if (looking_.busy() || !strangers_) return {};
  std::string text = std::move(*strangers_);
  strangers_.reset();
  return fail(ErrorKind::kConfiguration, std::move(text));
}

}  // namespace reckoner
