// What members of a group say of themselves, and what is said of those that do not belong there.
#include "connectors/kafka_members.hpp"

#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

// A consumer's subscription to `b` and `a`, of version 1, with user data and partitions behind the topics.
constexpr std::string_view kSubscription{"\0\1\0\0\0\2\0\1b\0\1a\0\0\0\0\0\0\0\0", 20};

GroupMember member(std::string client, std::optional<std::vector<std::string>> topics) { return {std::move(client), "/10.0.0.7", std::move(topics)}; }

}  // namespace

TEST_CASE("topics of a subscription are read whatever comes behind them, and of one that is cut short none are") {
  const auto topics = subscribed_topics(kSubscription);
  REQUIRE(topics);
  CHECK(*topics == std::vector<std::string>{"a", "b"});
  for (std::size_t length = 0; length < kSubscription.find('a') + 1; ++length) {
    INFO(length);
    CHECK(!subscribed_topics(kSubscription.substr(0, length)));
  }
  CHECK(!subscribed_topics(std::string_view("\0\0\xff\xff\xff\xff", 6)));            // so many topics less than none
  CHECK(!subscribed_topics(std::string_view("\0\0\0\0\0\1\xff\xff", 8)));            // a topic without a name
  CHECK(!subscribed_topics(std::string_view("\0\0\x7f\xff\xff\xff\0\1x\0\7", 11)));  // more than there is
}

TEST_CASE("members that subscribe to all inputs, in any order, and say that they are of a job are no strangers") {
  const GroupMembers own{"range", {member("reckoner", {{"a", "b"}}), member("reckoner-mine", {{"a", "b"}})}};
  CHECK(!strangers_text("job", own, {"b", "a"}));
  CHECK(!strangers_text("job", {"range", {}}, {"a"}));
}

TEST_CASE("a stranger in the group is told with its client id, its host, what it subscribes to, and what to do") {
  GroupMembers members{"range", {member("reckoner", {{"a", "b"}})}};
  const auto text_with = [&](GroupMember stranger) {
    members.members.resize(1);
    members.members.push_back(std::move(stranger));
    return strangers_text("job", members, {"b", "a"}).value_or("");
  };
  const std::string fewer = text_with(member("reckoner", {{"a"}}));
  for (const char* part : {"group job", "subscribe to a, b", "client 'reckoner' at /10.0.0.7, which subscribes to a.", "--set job=NAME"})
    CHECK(fewer.find(part) != std::string::npos);
  CHECK(text_with(member("kcat", {{"a", "b"}})).find("client 'kcat' at /10.0.0.7, which is no process of a job") != std::string::npos);
  CHECK(text_with(member("kcat", std::vector<std::string>{})).find("subscribes to no topic") != std::string::npos);
  CHECK(text_with(member("connect", std::nullopt)).find("is no consumer of topics") != std::string::npos);
}

}  // namespace reckoner::testing
