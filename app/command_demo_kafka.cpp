#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>

#include "app/child_process.hpp"
#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/conservation_report.hpp"
#include "app/demo_data.hpp"
#include "app/demo_report.hpp"
#include "app/exit_code.hpp"
#include "app/job_wiring.hpp"
#include "app/kafka_check.hpp"
#include "app/live_latency.hpp"
#include "app/people_text.hpp"
#include "app/topic_output.hpp"
#include "connectors/kafka_feed.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"
#include "operators/handing_on.hpp"

namespace reckoner {

namespace {

constexpr double kKilledAtShare = 0.5;  // of the input
constexpr std::int64_t kLookEveryMs = 100;
constexpr std::int64_t kShardsTakenMs = 60'000;
constexpr std::int64_t kLiveSeconds = 15;

struct DemoOptions {
  std::string brokers;
  std::string directory = "out/demo-kafka";
  std::string job = "examples/card-fraud/kafka.yaml";
  std::string file_job = "examples/card-fraud/job.yaml";
  std::uint32_t rate = 8000;
};

class KafkaDemo {
 public:
  explicit KafkaDemo(const DemoOptions& options) : options_(options) {}

  // False: something came out otherwise than it should.
  [[nodiscard]] Result<bool> show();

 private:
  [[nodiscard]] std::vector<std::string> settings_of(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> command, const std::string& name) const;
  [[nodiscard]] Result<void> run_child(const std::vector<std::string>& words) const;
  [[nodiscard]] Result<KafkaLook> look_at(const std::string& name) const;
  [[nodiscard]] Result<std::unique_ptr<KafkaFeed>> make_topics(const std::string& name) const;
  [[nodiscard]] Result<void> be_killed_half_way(const std::string& name, const KafkaLook& look);
  [[nodiscard]] Result<std::uint64_t> read_by_now(const KafkaLook& look) const;
  [[nodiscard]] Result<bool> show_exactly_once(const CardFraudCounts& counts);
  [[nodiscard]] Result<std::uint64_t> digest_of_file_job();
  [[nodiscard]] Result<void> wait_for_shards(const KafkaLook& look);
  [[nodiscard]] Result<void> measure(KafkaFeed& feed, const KafkaLook& look, std::span<const DemoEvent> events);
  [[nodiscard]] Result<void> show_latency();

  const DemoOptions& options_;
  PosixFiles files_;
  SystemClock clock_;
  std::vector<DemoEvent> events_;
};

std::vector<std::string> KafkaDemo::settings_of(const std::string& name) const {
  std::vector<std::string> settings = {"kafka.brokers=" + options_.brokers, "job=" + name, "outputs.prefix=" + name + ".",
                                       "state.dir=" + join_path(join_path(options_.directory, name), "state"), "checkpoint.every=1s"};
  for (const std::string_view input : kDemoInputs) settings.push_back(fmt::format("inputs.{0}.topic={1}.{0}", input, name));
  return settings;
}

std::vector<std::string> KafkaDemo::arguments(std::vector<std::string> command, const std::string& name) const {
  command.push_back(options_.job);
  for (std::string& setting : settings_of(name)) command.insert(command.end(), {"--set", std::move(setting)});
  return command;
}

Result<void> KafkaDemo::run_child(const std::vector<std::string>& words) const {
  std::fflush(stdout);
  const auto child = ChildProcess::start(words);
  if (!child) return std::unexpected(child.error());
  const int code = child->wait();
  if (code == 0) return {};
  return fail(ErrorKind::kInternal, fmt::format("reckoner {} {} ended with {}; its message is above", words[0], words[1], code));
}

Result<KafkaLook> KafkaDemo::look_at(const std::string& name) const {
  auto file = JobFile::load(options_.job, settings_of(name), {});
  if (!file) return std::unexpected(file.error());
  return look_at_topics(std::move(*file));
}

Result<std::unique_ptr<KafkaFeed>> KafkaDemo::make_topics(const std::string& name) const {
  if (const auto made = run_child(arguments({"topics", "create"}, name)); !made) return std::unexpected(made.error());
  std::vector<std::string> topics;
  topics.reserve(kDemoInputs.size());
  for (const std::string_view input : kDemoInputs) topics.push_back(fmt::format("{}.{}", name, input));
  const auto settings = make_kafka_settings(options_.brokers, {});
  if (!settings) return std::unexpected(settings.error());
  return KafkaFeed::open(*settings, topics);
}

Result<std::uint64_t> KafkaDemo::read_by_now(const KafkaLook& look) const {
  const auto scan = last_sections(look);
  if (!scan) return std::unexpected(scan.error());
  std::uint64_t read = 0;
  for (std::uint32_t shard = 0; shard < look.log.shards; ++shard) {
    const auto last = last_decisions((*scan)->history(shard));
    if (!last) return std::unexpected(last.error());
    const std::optional<DecisionRecord>& decisions = *last;
    if (!decisions) continue;
    for (const PartitionProgress& progress : decisions->partitions) read += progress.counts.read;
  }
  return read;
}

Result<void> KafkaDemo::be_killed_half_way(const std::string& name, const KafkaLook& look) {
  const std::vector<std::string> run = arguments({"run", "--until-end", "--status-every", "0s"}, name);
  std::fflush(stdout);
  const auto child = ChildProcess::start(run);
  if (!child) return std::unexpected(child.error());
  Result<std::uint64_t> read = 0;
  while (read && static_cast<double>(*read) < kKilledAtShare * static_cast<double>(events_.size()) && !child->has_ended()) {
    clock_.sleep_ms(kLookEveryMs);
    read = read_by_now(look);
  }
  child->send(SIGKILL);
  const int code = child->wait();
  if (!read) return std::unexpected(read.error());
  if (code != 128 + SIGKILL) return fail(ErrorKind::kInternal, fmt::format("the run to be killed ended with {}; its message is above", code));
  fmt::print("It was killed with SIGKILL when {} of the records were committed; started again, it goes on:\n", with_commas(*read));
  return run_child(run);
}

Result<std::uint64_t> KafkaDemo::digest_of_file_job() {
  const std::string outputs = join_path(join_path(options_.directory, "file"), "out");
  std::vector<std::string> words = {
      "run",   options_.file_job,        "--until-end", "--quiet",
      "--set", "outputs.dir=" + outputs, "--set",       "state.dir=" + join_path(join_path(options_.directory, "file"), "state")};
  for (const std::string_view input : kDemoInputs) {
    const std::string file = join_path(demo_data_directory(options_.directory), fmt::format("{}.jsonl", input));
    words.insert(words.end(), {"--set", fmt::format("inputs.{}.files={}", input, file)});
  }
  if (const auto ran = run_child(words); !ran) return std::unexpected(ran.error());
  return digest_of_content(rows_of_files(files_, outputs));
}

Result<bool> KafkaDemo::show_exactly_once(const CardFraudCounts& counts) {
  const std::string name = "card-fraud";
  const auto feed = make_topics(name);
  if (!feed) return std::unexpected(feed.error());
  for (const DemoEvent& event : events_) {
    if (const auto sent = (*feed)->send(event.input, event.key, event.line); !sent) return std::unexpected(sent.error());
  }
  if (const auto flushed = (*feed)->flush(); !flushed) return std::unexpected(flushed.error());
  const auto look = look_at(name);
  if (!look) return std::unexpected(look.error());
  fmt::print("{} events are in {} partitions of three topics; a job reads them\n", with_commas(events_.size()), look->log.shards);
  if (const auto killed = be_killed_half_way(name, *look); !killed) return std::unexpected(killed.error());

  const auto check = check_topics_of(*look);
  if (!check) return std::unexpected(check.error());
  std::vector<Conservation> found(kDemoInputs.size());
  for (const ConservationLine& line : lines_by_input(*look->plan, check->partitions)) found[line.input] = line.counts;
  const DemoRows rows = [&](OutputId output, const std::function<void(std::string_view)>& visit) {
    return TopicOutput(*look, output).read([&](std::string_view row) -> Result<void> {
      visit(row);
      return {};
    });
  };
  fmt::print("\n");
  const DemoFacts facts{demo_data_directory(options_.directory), rows, counts, CardFraudSettings{}.accounts, found};
  const auto as_planted = print_demo_report(files_, facts);
  if (!as_planted) return std::unexpected(as_planted.error());
  const auto digest = digest_of_content(rows);
  if (!digest) return std::unexpected(digest.error());
  const auto expected = digest_of_file_job();
  if (!expected) return std::unexpected(expected.error());
  for (const std::string& problem : check->problems) fmt::print("problem: {}\n", problem);
  fmt::print("\nlog and outputs agree (reckoner verify): {}\n", check->problems.empty() ? "yes" : "NO");
  fmt::print("same totals, scores and alerts as a job on files that nobody killed: {}\n", *digest == *expected ? "yes" : "NO");
  return *as_planted && *digest == *expected && check->problems.empty();
}

Result<void> KafkaDemo::wait_for_shards(const KafkaLook& look) {
  for (std::int64_t waited = 0; waited < kShardsTakenMs; waited += kLookEveryMs) {
    const auto scan = last_sections(look);
    if (!scan) return std::unexpected(scan.error());
    bool taken = true;
    for (std::uint32_t shard = 0; shard < look.log.shards; ++shard) taken = taken && !(*scan)->history(shard).is_empty();
    if (taken) return {};
    clock_.sleep_ms(kLookEveryMs);
  }
  return fail(ErrorKind::kExternal, "the job did not take its shards within a minute; its messages are above");
}

Result<void> KafkaDemo::measure(KafkaFeed& feed, const KafkaLook& look, std::span<const DemoEvent> events) {
  std::vector<LiveEvent> live;
  live.reserve(events.size());
  for (const DemoEvent& event : events) live.push_back({event.input, event.key, event.line, event.id});
  const std::string own_key = driver_key(*look.plan).front();
  const LiveRows rows{
      look.topics.outputs[static_cast<std::size_t>(OutputId::kAlerts)], look.log.shards, own_key, {kDemoIdFields.begin(), kDemoIdFields.end()}};
  const auto found = measure_live_latency(clock_, feed, *look.client, rows, live, options_.rate);
  if (!found) return std::unexpected(found.error());
  fmt::print("alerts by {:<12} {}\nalerts by other keys    {}\n", own_key + ":", latency_text(found->rows, true), latency_text(found->rows, false));
  return {};
}

Result<void> KafkaDemo::show_latency() {
  const std::string name = "card-fraud-live";
  fmt::print("\nThe same job on topics of its own, {} events a second for {} seconds:\n", with_commas(options_.rate), kLiveSeconds);
  const auto feed = make_topics(name);
  if (!feed) return std::unexpected(feed.error());
  const auto look = look_at(name);
  if (!look) return std::unexpected(look.error());
  std::fflush(stdout);
  const auto child = ChildProcess::start(arguments({"run", "--status-every", "0s"}, name));
  if (!child) return std::unexpected(child.error());
  Result<void> measured = wait_for_shards(*look);
  if (measured) {
    const std::size_t count = std::min(events_.size(), std::size_t{options_.rate} * kLiveSeconds);
    measured = measure(**feed, *look, std::span(events_).last(count));
  }
  child->send(SIGTERM);
  const int code = child->wait();
  if (!measured || code == 0) return measured;
  return fail(ErrorKind::kInternal, fmt::format("the run ended with {}; its message is above", code));
}

Result<bool> KafkaDemo::show() {
  const auto counts = make_demo_data(files_, options_.directory);
  if (!counts) return std::unexpected(counts.error());
  auto events = read_demo_events(files_, options_.directory);
  if (!events) return std::unexpected(events.error());
  events_ = std::move(*events);
  const auto good = show_exactly_once(*counts);
  if (!good) return good;
  if (const auto shown = show_latency(); !shown) return std::unexpected(shown.error());
  return good;
}

int run_demo(const DemoOptions& options) {
  KafkaDemo demo(options);
  const auto good = demo.show();
  if (!good) return report_error(good.error());
  return static_cast<int>(*good ? ExitCode::kOk : ExitCode::kInternal);
}

}  // namespace

void add_demo_kafka_command(Command& program) {
  auto options = std::make_shared<DemoOptions>();
  Command demo = program.add_command("demo-kafka", "The demo through topics of a broker, and how long an alert takes; make demo-kafka starts one");
  demo.option("--brokers", options->brokers, "HOST:PORT; topics named card-fraud... are made there").required();
  demo.option("--dir", options->directory, "Where its files go; what is there is removed").with_default_shown();
  demo.option("--job", options->job, "The card-fraud example's job file on topics").with_default_shown();
  demo.option("--file-job", options->file_job, "And on files").with_default_shown();
  demo.option("--rate", options->rate, "Events a second while latency is measured").with_default_shown().between(1U, 1'000'000U);
  demo.when_asked_for([options] { return run_demo(*options); });
}

}  // namespace reckoner
