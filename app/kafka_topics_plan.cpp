#include "app/kafka_topics_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "app/input_decoder.hpp"
#include "app/job_wiring.hpp"
#include "app/state_identity.hpp"
#include "connectors/system_clock.hpp"
#include "operators/handing_on.hpp"

namespace reckoner {

JobTopics job_topics(const JobFile& file, const Plan& plan) {
  JobTopics topics;
  for (std::size_t input = 0; input < read_inputs(plan); ++input)
    topics.inputs.push_back(file.text(input_setting(plan.inputs[input].schema, "topic")));
  for (const std::string& output : output_names()) topics.outputs.push_back(file.text("outputs.prefix") + output);
  topics.log = file.text("job") + ".log";
  if (!handed_on_inputs(plan).empty()) topics.repartition = file.text("job") + ".repartition";
  return topics;
}

Result<KafkaSettings> kafka_settings(const JobFile& file) { return make_kafka_settings(file.text("kafka.brokers"), file.list("kafka.settings")); }

Result<std::vector<std::string>> unlisted_topics(KafkaClient& client, const std::vector<UnlistedTopic>& topics) {
  std::vector<std::string> names;
  names.reserve(topics.size());
  for (const UnlistedTopic& topic : topics) names.push_back(topic.topic);
  const auto hidden = hidden_topics(client, names);
  if (!hidden) return std::unexpected(hidden.error());
  std::vector<std::string> texts;
  for (const auto& [topic, right] : topics) {
    const bool is_hidden = std::find(hidden->begin(), hidden->end(), topic) != hidden->end();
    texts.push_back(is_hidden ? fmt::format("topic {} is not there, or this user may not see it; grant {} on the topic", topic, right)
                              : fmt::format("topic {} is not there; make it with `reckoner topics create JOB`, or mend its name", topic));
  }
  return texts;
}

DeadLetterOrigin dead_letter_origin(const JobFile& file, const Plan& plan) {
  DeadLetterOrigin origin{file.text("job"), plan.hash, {}};
  for (std::size_t input = 0; input < read_inputs(plan); ++input) {
    const Schema& schema = plan.inputs[input].schema;
    origin.topics.emplace(schema.input, file.text(input_setting(schema, "topic")));
  }
  return origin;
}

namespace {

constexpr std::int32_t kCopiesToLoseOne = 3;
constexpr std::int64_t kDeadLettersKeptMs = std::int64_t{30} * 24 * 3600 * 1000;  // somebody has to find them, mend them and send them again

// A broker may hear of a topic that was just made later than the one that made it.
Result<std::map<std::string, std::int32_t>> listed_counts(KafkaClient& client, const std::vector<std::string>& topics) {
  constexpr int kTriesMax = 6;
  constexpr std::int64_t kPauseMs = 500;
  for (int tries = 1;; ++tries) {
    auto counts = partition_counts(client, topics);
    if (!counts || counts->size() == topics.size() || tries == kTriesMax) return counts;
    SystemClock().sleep_ms(kPauseMs);
  }
}

}  // namespace

Result<TopicCounts> check_partitions(KafkaClient& client, const JobTopics& topics, TopicUse use) {
  std::vector<std::string> all = topics.inputs;
  all.insert(all.end(), topics.outputs.begin(), topics.outputs.end());
  const std::size_t rows = all.size();
  if (!topics.repartition.empty()) all.push_back(topics.repartition);
  all.push_back(topics.log);
  const auto counts = listed_counts(client, all);
  if (!counts) return std::unexpected(counts.error());
  std::vector<UnlistedTopic> unlisted;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view needed = i < topics.inputs.size() ? "READ" : i < rows ? "WRITE" : "READ and WRITE";
    if (!counts->contains(all[i])) unlisted.push_back({all[i], std::string(use == TopicUse::kRun ? needed : "DESCRIBE")});
  }
  Result<std::vector<std::string>> texts = unlisted_topics(client, unlisted);
  if (!texts) return std::unexpected(texts.error());
  std::vector<std::string> problems = std::move(*texts);
  const auto driver = counts->find(topics.inputs.front());
  const std::int32_t shards = driver == counts->end() ? 0 : driver->second;
  all.pop_back();
  for (const std::string& topic : all) {
    const auto count = counts->find(topic);
    if (shards == 0 || count == counts->end() || count->second == shards) continue;
    problems.push_back(
        fmt::format("topic {} has {} partitions, but {} has {}: a job's inputs and outputs have the same number, which stays as it "
                    "was when the job began, since keys lie in other partitions with another; make the one anew that is wrong, or start a new job",
                    topic, count->second, topics.inputs.front(), shards));
  }
  if (!problems.empty()) return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(problems, "\n")));
  return TopicCounts{shards, counts->at(topics.log)};
}

KafkaLogPlace log_place(const JobTopics& topics, const Plan& plan, const TopicCounts& counts) {
  const auto shards = static_cast<std::uint32_t>(counts.shards);
  return {topics.log, counts.log_partitions, shards, identity_hash({plan.rule_set, shards, plan.facts_hash})};
}

std::vector<TopicPlan> topic_plans(const JobFile& file, const JobTopics& topics) {
  const auto partitions = static_cast<std::int32_t>(file.number("kafka.partitions"));
  const auto replication = static_cast<std::int32_t>(file.number("kafka.replication"));
  std::vector<TopicPlan> plans;
  plans.reserve(topics.inputs.size() + topics.outputs.size() + 2);
  for (const std::string& topic : topics.inputs) plans.push_back({topic, partitions, replication, {{"cleanup.policy", "delete"}}});
  const std::pair<std::string, std::string> largest = {"max.message.bytes", fmt::format("{}", kMessageBytesMax)};
  for (std::size_t output = 0; output < topics.outputs.size(); ++output) {
    plans.push_back({topics.outputs[output], partitions, replication, {{"cleanup.policy", "delete"}, largest}});
    if (output == static_cast<std::size_t>(OutputId::kDeadLetters))
      plans.back().settings.emplace_back("retention.ms", fmt::format("{}", kDeadLettersKeptMs));
  }
  // What is executed again is read again from both.
  const std::vector<std::pair<std::string, std::string>> kept = {
      {"cleanup.policy", "delete"}, largest, {"retention.ms", fmt::format("{}", file.number("kafka.log_retention"))}};
  if (!topics.repartition.empty()) plans.push_back({topics.repartition, partitions, replication, kept});
  plans.push_back({topics.log, static_cast<std::int32_t>(file.number("kafka.log_partitions")), replication, kept});
  // What was acknowledged outlives a broker, while one of them may be away.
  for (TopicPlan& plan : plans) {
    if (replication >= kCopiesToLoseOne) plan.settings.emplace_back("min.insync.replicas", "2");
  }
  return plans;
}

namespace {

std::string keys_text(const std::vector<KeyPlan>& keys) {
  std::vector<std::string> texts;
  texts.reserve(keys.size());
  for (const KeyPlan& key : keys) texts.push_back(fmt::format("({})", fmt::join(key.by, ", ")));
  return fmt::format("{}", fmt::join(texts, ", "));
}

bool looks_at_alerts(const Plan& plan, const KeyPlan& derived) {
  return std::any_of(derived.rules.begin(), derived.rules.end(), [&](const RulePlan& rule) {
    return plan.inputs[rule.input].derived == DerivedOf::kAlerts || plan.inputs[rule.input].derived == DerivedOf::kFaults;
  });
}

// What is derived is looked at where it is made: cycles all in one place; of a rule or an input each partition counts its own. Rules by the same key lie
// together where all of them decide where records are read, or none does. Of a derived key whose records do not: whose.
std::optional<std::string> lie_apart(const Plan& plan, const KeyPlan& derived) {
  const bool counts_alone = derived.by.size() == 1 && (derived.by[0] == kRuleField || derived.by[0] == SilenceWatch::kSilentInput);
  if (!derived.derived || counts_alone || !looks_at_alerts(plan, derived)) return std::nullopt;
  bool here = false;
  bool handed_on = false;
  for (const KeyPlan& key : plan.keys) {
    const auto has = [&](const std::string& name) { return std::find(key.by.begin(), key.by.end(), name) != key.by.end(); };
    if (key.derived || key.rules.empty() || !std::all_of(derived.by.begin(), derived.by.end(), has)) continue;
    if (key.by != derived.by) return fmt::format("({})", fmt::join(key.by, ", "));
    (key.hop == 0 ? here : handed_on) = true;
  }
  return here && handed_on ? std::optional("that key, of which some ask other keys or lists and some do not,") : std::nullopt;
}

void check_exchange(const JobFile& file, const Plan& plan, std::vector<std::string>& problems) {
  const std::vector<std::string>& own = driver_key(plan);
  const bool exchanges = !handed_on_inputs(plan).empty();
  for (std::size_t input = 0; input < read_inputs(plan) && exchanges; ++input) {
    const InputPlan& planned = plan.inputs[input];
    if (planned.declared_key == own && !planned.declared_key.empty()) continue;
    problems.push_back(fmt::format(
        "{}: the rule set looks at records by {}, so each input must say by which key its topic's records lie in partitions, the same for all of "
        "them; give input '{}' a 'key', as the first input has ({})",
        file.file(), keys_text(plan.keys), planned.schema.input, fmt::join(own, ", ")));
  }
  const auto cycles =
      static_cast<std::size_t>(std::count_if(plan.inputs.begin(), plan.inputs.end(), [](const InputPlan& input) { return input.cycle.has_value(); }));
  if (plan.keys.size() + cycles > kKeyKindsMax)
    problems.push_back(
        fmt::format("{}: {} different keys and {} cycles are more than the {} that records of topics are handed on for; leave some out, or "
                    "read the inputs from files",
                    file.file(), plan.keys.size(), cycles, kKeyKindsMax));
  const auto asks_lists = [](const KeyPlan& key) { return key.stage > 0; };
  const auto looks_at_derived = [](const KeyPlan& key) { return key.derived; };
  if (!plan.added_lists.empty() && std::none_of(plan.keys.begin(), plan.keys.end(), asks_lists) &&
      std::any_of(plan.keys.begin(), plan.keys.end(), looks_at_derived))
    problems.push_back(fmt::format(
        "{}: rules add to the list '{}' and none but such on alerts or faults may ask it, which hear of nothing that other partitions add; ask it in "
        "another rule, or read the inputs from files",
        file.file(), plan.added_lists.front().name));
  for (const KeyPlan& key : plan.keys) {
    if (const std::optional<std::string> apart = lie_apart(plan, key))
      problems.push_back(
          fmt::format("{}: a rule looks at alerts or faults by ({}), and those of rules by {} do not lie together in a job on topics; look at them "
                      "by another key, or read "
                      "the inputs from files",
                      file.file(), fmt::join(key.by, ", "), *apart));
  }
}

}  // namespace

Result<void> check_kafka_job(const JobFile& file, const Plan& plan) {
  std::vector<std::string> problems;
  if (!file.is_kafka())
    problems.push_back(fmt::format("{}: no topics stand behind its inputs; set kafka.brokers and inputs.NAME.topic", file.file()));
  check_exchange(file, plan, problems);
  for (std::size_t input = 0; input < read_inputs(plan); ++input) {
    const Schema& schema = plan.inputs[input].schema;
    const std::string columns = input_setting(schema, "columns");
    const std::string format = input_setting(schema, "format");
    if (file.has(format) && file.text(format) == "csv" && !file.has(columns))
      problems.push_back(fmt::format("{}: a topic has no header row: name the columns of its values in {}", file.file(), columns));
  }
  if (problems.empty()) return {};
  return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(problems, "\n")));
}

}  // namespace reckoner
