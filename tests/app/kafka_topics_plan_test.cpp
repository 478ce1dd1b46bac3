// How `topics create` makes a job's topics.
#include "app/kafka_topics_plan.hpp"

#include <map>
#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "app/job_wiring.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

std::vector<TopicPlan> plans_of(const std::vector<std::string>& overrides) {
  const auto file = JobFile::load(RECKONER_SOURCE_DIR "/examples/seed/kafka.yaml", overrides, {});
  REQUIRE(file);
  const auto plan = load_plan(*file);
  REQUIRE(plan);
  return topic_plans(*file, job_topics(*file, **plan));
}

std::map<std::string, std::string> settings_of(const std::vector<TopicPlan>& plans, const std::string& name) {
  for (const TopicPlan& plan : plans) {
    if (plan.name == name) return {plan.settings.begin(), plan.settings.end()};
  }
  FAIL("no topic " << name);
  return {};
}

}  // namespace

TEST_CASE("topics have the partitions and the settings that a job needs") {
  const std::vector<TopicPlan> plans = plans_of({"kafka.partitions=12", "kafka.log_partitions=2", "kafka.log_retention=9d"});
  for (const TopicPlan& plan : plans) {
    INFO(plan.name);
    CHECK(plan.partitions == (plan.name == "seed.log" ? 2 : 12));
    CHECK(plan.replication == -1);
    CHECK(settings_of(plans, plan.name)["cleanup.policy"] == "delete");
  }
  CHECK(settings_of(plans, "seed.log")["retention.ms"] == "777600000");
  CHECK(settings_of(plans, "seed.log")["max.message.bytes"] == "16777216");
  CHECK(settings_of(plans, "seed.dead_letters")["retention.ms"] == "2592000000");
  CHECK(!settings_of(plans, "seed.events").contains("max.message.bytes"));
}

TEST_CASE("of three copies two have what was acknowledged; of fewer one must do") {
  for (const TopicPlan& plan : plans_of({"kafka.replication=3"})) {
    CHECK(plan.replication == 3);
    CHECK(settings_of({plan}, plan.name)["min.insync.replicas"] == "2");
  }
  for (const TopicPlan& plan : plans_of({"kafka.replication=2"})) CHECK(!settings_of({plan}, plan.name).contains("min.insync.replicas"));
}

}  // namespace reckoner::testing
