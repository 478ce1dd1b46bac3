#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "app/kafka_look.hpp"
#include "app/kafka_placement.hpp"
#include "app/kafka_topics_plan.hpp"
#include "connectors/kafka_members.hpp"
#include "connectors/system_clock.hpp"

namespace reckoner {

namespace {

struct Cluster {
  JobFile file;
  JobTopics topics;
  std::unique_ptr<KafkaClient> client;
};

Result<Cluster> open_cluster(const JobOptions& options) {
  auto file = load_job_file(options);
  if (!file) return std::unexpected(file.error());
  const auto plan = load_plan(*file);
  if (!plan) return std::unexpected(plan.error());
  if (const auto checked = check_kafka_job(*file, **plan); !checked) return std::unexpected(checked.error());
  const auto settings = kafka_settings(*file);
  if (!settings) return std::unexpected(settings.error());
  auto client = KafkaClient::make(*settings, KafkaRole::kAdmin);
  if (!client) return std::unexpected(client.error());
  JobTopics topics = job_topics(*file, **plan);
  return Cluster{std::move(*file), std::move(topics), std::move(*client)};
}

std::vector<std::string> names_of(const std::vector<TopicPlan>& plans) {
  std::vector<std::string> names;
  names.reserve(plans.size());
  for (const TopicPlan& plan : plans) names.push_back(plan.name);
  return names;
}

// Brokers hear of a new topic one after the other.
int wait_until_seen(KafkaClient& client, const std::vector<std::string>& names) {
  constexpr int kLooksMax = 100;
  constexpr std::int64_t kPauseMs = 100;
  SystemClock clock;
  for (int looks = 0; looks < kLooksMax; ++looks) {
    const auto there = partition_counts(client, names);
    if (!there) return report_error(there.error());
    if (there->size() == names.size()) return 0;
    clock.sleep_ms(kPauseMs);
  }
  return report_error({ErrorKind::kExternal, Retry::kLater, "the topics were made, but the brokers do not show all of them yet; check them later"});
}

// Where the user may not see a topic, nobody can say whether it has to be made, or was.
Result<void> check_seen(KafkaClient& client, const std::vector<TopicPlan>& plans, const std::map<std::string, std::int32_t>& there) {
  std::vector<std::string> unlisted;
  for (const TopicPlan& plan : plans) {
    if (!there.contains(plan.name)) unlisted.push_back(plan.name);
  }
  const auto hidden = hidden_topics(client, unlisted);
  if (!hidden) return std::unexpected(hidden.error());
  if (hidden->empty()) return {};
  std::vector<std::string> problems;
  problems.reserve(hidden->size());
  for (const std::string& topic : *hidden)
    problems.push_back(fmt::format("topic {} is not there, or this user may not see it; grant DESCRIBE on the topic", topic));
  return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(problems, "\n")));
}

// Inputs that are there say how many partitions the others have.
std::vector<TopicPlan> plans_beside(const Cluster& cluster, const std::map<std::string, std::int32_t>& there) {
  std::vector<TopicPlan> plans = topic_plans(cluster.file, cluster.topics);
  const auto input =
      std::find_if(cluster.topics.inputs.begin(), cluster.topics.inputs.end(), [&](const std::string& topic) { return there.contains(topic); });
  if (input == cluster.topics.inputs.end()) return plans;
  for (TopicPlan& plan : plans) {
    if (plan.name != cluster.topics.log) plan.partitions = there.at(*input);
  }
  return plans;
}

// Those that are there stay as they are.
int create_topics(const JobOptions& options) {
  const auto cluster = open_cluster(options);
  if (!cluster) return report_error(cluster.error());
  const auto there = partition_counts(*cluster->client, names_of(topic_plans(cluster->file, cluster->topics)));
  if (!there) return report_error(there.error());
  const std::vector<TopicPlan> plans = plans_beside(*cluster, *there);
  if (Result<void> seen = check_seen(*cluster->client, plans, *there); !seen) return report_error(seen.error());
  for (const TopicPlan& plan : plans) {
    if (const auto found = there->find(plan.name); found != there->end()) {
      fmt::print("{}: is there, {} partitions\n", plan.name, found->second);
      continue;
    }
    if (const auto made = create_topic(*cluster->client, plan); !made) return report_error(made.error());
    fmt::print("{}: made, {} partitions\n", plan.name, plan.partitions);
  }
  return wait_until_seen(*cluster->client, names_of(plans));
}

bool is_less(const std::string& value, const std::string& wanted) {
  return value != "-1" && (value.size() < wanted.size() || (value.size() == wanted.size() && value < wanted));
}

// A topic whose records may go before the job has read them, or be thinned out, is not what the job was told. Inputs are their owners' matter.
std::vector<std::string> problems_of(const std::map<std::string, std::string>& settings, const TopicPlan& plan, bool is_input) {
  std::vector<std::string> problems;
  const auto value = [&](const std::string& name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second;
  };
  const bool is_kept = std::any_of(plan.settings.begin(), plan.settings.end(), [](const auto& setting) { return setting.first == "retention.ms"; });
  for (const auto& [name, wanted] : plan.settings) {
    if (is_input || value(name).empty() || value(name) == wanted) continue;
    if (name == "cleanup.policy") problems.push_back(fmt::format("{} is {}, not {}", name, value(name), wanted));
    if (name != "cleanup.policy" && is_less(value(name), wanted))
      problems.push_back(fmt::format("{} is {}, less than {}", name, value(name), wanted));
  }
  if (is_kept && value("retention.bytes") != "-1" && !value("retention.bytes").empty())
    problems.push_back(fmt::format("retention.bytes is {}, not -1", value("retention.bytes")));
  if (value("unclean.leader.election.enable") == "true")
    problems.emplace_back("unclean.leader.election.enable is true: committed records may be lost");
  return problems;
}

// Prints what was found; false when keys lie apart.
Result<bool> print_placement(const JobOptions& options) {
  const auto job = look_at_topics(options);
  if (!job) return std::unexpected(job.error());
  // Of a topic that was just made brokers do not know at once who leads it.
  constexpr int kTriesMax = 20;
  constexpr std::int64_t kPauseMs = 500;
  SystemClock clock;
  auto look = look_at_placement(*job);
  for (int tries = 1; !look && look.error().retry == Retry::kLater && tries < kTriesMax; ++tries) {
    clock.sleep_ms(kPauseMs);
    look = look_at_placement(*job);
  }
  if (!look) return std::unexpected(look.error());
  if (look->problems.empty()) fmt::print("each of {} keys in {} records lies in one partition\n", look->keys, look->records);
  for (const std::string& problem : look->problems) fmt::print("{}\n", problem);
  return look->problems.empty();
}

// False when others than processes of the job are in its group. Where the user may not see the group, nothing is said of it.
bool print_strangers(const Cluster& cluster) {
  constexpr int kLookMs = 5000;
  const std::string group = cluster.file.text("job");
  const auto found = group_members(*cluster.client, group, kLookMs);
  if (!found) return true;
  const std::optional<GroupMembers>& members = *found;
  if (!members) return true;
  const std::optional<std::string> text = strangers_text(group, *members, cluster.topics.inputs);
  if (text) fmt::print("{}\n", *text);
  return !text;
}

int check_topics(const JobOptions& options) {
  const auto cluster = open_cluster(options);
  if (!cluster) return report_error(cluster.error());
  if (const auto counts = check_partitions(*cluster->client, cluster->topics, TopicUse::kLook); !counts) return report_error(counts.error());
  bool good = true;
  for (const TopicPlan& plan : topic_plans(cluster->file, cluster->topics)) {
    const auto settings = topic_settings(*cluster->client, plan.name);
    if (!settings) return report_error(settings.error());
    const std::vector<std::string>& inputs = cluster->topics.inputs;
    const std::vector<std::string> problems = problems_of(*settings, plan, std::find(inputs.begin(), inputs.end(), plan.name) != inputs.end());
    fmt::print("{}: {}\n", plan.name, problems.empty() ? "good" : fmt::format("{}", fmt::join(problems, "; ")));
    good = good && problems.empty();
  }
  const auto placed = print_placement(options);
  if (!placed) return report_error(placed.error());
  good = good && *placed;
  good = print_strangers(*cluster) && good;
  return static_cast<int>(good ? ExitCode::kOk : ExitCode::kFindings);
}

}  // namespace

void add_topics_command(Command& program) {
  Command topics = program.add_command("topics", "Topics of a job on Kafka");
  topics.require_command();
  const auto add = [&](const char* name, const char* text, int (*run)(const JobOptions&)) {
    auto options = std::make_shared<JobOptions>();
    Command command = topics.add_command(name, text);
    add_job_options(command, *options);
    command.when_asked_for([options, run] { return run(*options); });
  };
  add("create", "Makes those that are missing", create_topics);
  add("check", "Whether all are there and as the job needs them; exit 1 when not", check_topics);
}

}  // namespace reckoner
