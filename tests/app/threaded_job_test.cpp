// Jobs with threads for everything: several that decode and work on shards, one that commits, one that writes checkpoints. Whatever order
// they get to run in, the bytes are those of the same job in one thread. Under ThreadSanitizer these runs look for races.
#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "app/generate_seed.hpp"
#include "app/job_opening.hpp"
#include "golden_case.hpp"
#include "job_world.hpp"
#include "support/catch.hpp"
#include "torture_job.hpp"

namespace reckoner::testing {

namespace {

constexpr int kRecords = 300;

// Small blocks, so that there are several to decode at once, and a checkpoint whenever the one before is written.
JobSettingTexts threaded(JobSettingTexts settings, int threads) {
  settings["threads"] = fmt::format("{}", threads);
  settings["engine.background"] = "true";
  settings["engine.block"] = "600B";
  settings["checkpoint.every"] = "1ms";
  return settings;
}

JobSettingTexts many_rounds() {
  JobSettingTexts settings = torture_settings(10);
  settings["engine.round_records"] = "20";
  return settings;
}

// The torture job's payments in three files.
std::vector<JobInput> many_files() {
  std::vector<JobInput> inputs = torture_inputs(kRecords);
  std::istringstream lines(inputs[1].files[0]);
  std::vector<std::string> files(3);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) files[number++ % files.size()] += line + "\n";
  inputs[1].files = std::move(files);
  return inputs;
}

OutputTexts outputs_of(const std::string& rule_set, const std::vector<JobInput>& inputs, const JobSettingTexts& settings) {
  JobWorld world(rule_set, inputs, settings);
  const JobOutcome outcome = world.run();
  if (!outcome.result) FAIL(outcome.result.error().text);
  return world.outputs();
}

const OutputTexts& torture_outputs() {
  static const OutputTexts outputs = outputs_of(std::string(kTortureRules), many_files(), many_rounds());
  return outputs;
}

std::string text_of_file(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// A job on the machine's own disk and clock, with RocksDB.
class MachineJob {
 public:
  explicit MachineJob(JobSettingTexts settings) : settings_(std::move(settings)) {
    std::filesystem::create_directories(scratch_.inner("rules"));
    std::ofstream(scratch_.inner("rules/ruleset.yaml")) << kTortureRules;
    std::string job = "job: test\nruleset: rules\noutputs: {dir: out}\nstate: {dir: state}\ninputs:\n";
    for (const JobInput& input : many_files()) {
      job += fmt::format("  {0}: {{files: [\"{0}-*.jsonl\"]}}\n", input.name);
      for (std::size_t file = 0; file < input.files.size(); ++file)
        std::ofstream(scratch_.inner(fmt::format("{}-{}.jsonl", input.name, file))) << input.files[file];
    }
    std::ofstream(scratch_.inner("job.yaml")) << job;
  }

  // Until the input ends, or another thread asks it to stop once `records_until_stop` are read. Returns the number of checkpoints.
  std::uint64_t run(std::uint64_t records_until_stop) {
    std::vector<std::string> overrides;
    for (const auto& [path, value] : settings_) overrides.push_back(path + "=" + value);
    Result<JobFile> file = JobFile::load(scratch_.inner("job.yaml"), overrides, {});
    if (!file) FAIL(file.error().text);
    Result<WiredJob> wired = open_job(std::move(*file), true, {});
    if (!wired) FAIL(wired.error().text);
    std::atomic<std::uint64_t> records = 0;
    std::atomic<bool> over = false;
    std::atomic<bool> stop = false;
    wired->job->on_progress([&](const JobProgress& progress) { records = progress.records; });
    std::jthread stopper([&] {
      while (!over.load() && records.load() < records_until_stop) std::this_thread::yield();
      stop = true;
    });
    const Result<void> ran = wired->job->run(stop);
    over = true;
    if (!ran) FAIL(ran.error().text);
    return wired->job->report().checkpoints;
  }

  [[nodiscard]] OutputTexts outputs() const {
    OutputTexts texts;
    for (const auto& entry : std::filesystem::directory_iterator(scratch_.inner("out"))) {
      if (entry.path().extension() != ".jsonl") continue;
      if (std::string bytes = text_of_file(entry.path()); !bytes.empty()) texts[entry.path().filename().string()] = std::move(bytes);
    }
    return texts;
  }

 private:
  ScratchDirectory scratch_;
  JobSettingTexts settings_;
};

}  // namespace

TEST_CASE("a job with threads for everything gives the bytes of one without", "[threaded]") {
  for (const int threads : {1, 2, 4}) {
    INFO(threads << " threads");
    JobWorld world(std::string(kTortureRules), many_files(), threaded(many_rounds(), threads));
    const JobOutcome outcome = world.run();
    if (!outcome.result) FAIL(outcome.result.error().text);
    CHECK(outcome.report.checkpoints >= 2);
    CHECK(first_difference(torture_outputs(), world.outputs()) == "");
  }
}

TEST_CASE("every golden case gives the same bytes with threads for everything", "[threaded]") {
  for (const GoldenCase& golden : all_golden_cases()) {
    INFO(golden.name);
    JobSettingTexts settings{{"shards", "3"}, {"engine.round_records", "5"}, {"epoch.records", "10"}};
    settings.insert(golden.settings.begin(), golden.settings.end());
    CHECK(first_difference(outputs_of(golden.rule_set, golden.inputs, settings), outputs_of(golden.rule_set, golden.inputs, threaded(settings, 2))) ==
          "");
  }
}

TEST_CASE("the seed workload gives the same bytes with threads for everything", "[threaded]") {
  std::string text;
  const Result<void> made = generate_seed({.events = 3000, .accounts = 50, .seed = 1}, [&](std::string_view bytes) -> Result<void> {
    text += bytes;
    return {};
  });
  REQUIRE(made);
  const std::string rule_set = RECKONER_SOURCE_DIR "/examples/seed";
  JobSettingTexts settings{{"shards", "4"}, {"engine.round_records", "200"}, {"epoch.records", "1000"}};
  const OutputTexts expected = outputs_of(rule_set, {{"events", {text}}}, settings);
  settings = threaded(settings, 3);
  settings["engine.block"] = "16KiB";
  CHECK(first_difference(expected, outputs_of(rule_set, {{"events", {text}}}, settings)) == "");
}

TEST_CASE("a job that is torn down while its threads commit and write a checkpoint comes back", "[threaded]") {
  JobWorld world(std::string(kTortureRules), many_files(), threaded(many_rounds(), 2));
  std::uint64_t kills = 0;
  for (;; ++kills) {
    REQUIRE(kills < 200);
    const JobOutcome outcome = world.run(3 + kills % 5);
    if (!outcome.result) FAIL(outcome.result.error().text);
    if (!outcome.killed) break;
    world.files().crash(FakeLoss::kNothing);
  }
  CHECK(kills >= 3);
  CHECK(first_difference(torture_outputs(), world.outputs()) == "");
}

TEST_CASE("a call that fails in the committing thread ends the job, and the next process goes on", "[threaded]") {
  std::uint64_t failed = 0;
  for (std::uint64_t call = 20; call <= 120; call += 10) {
    INFO("call " << call);
    JobWorld world(std::string(kTortureRules), many_files(), threaded(many_rounds(), 2));
    world.files().fault_at(call, FakeFault::kFail);
    if (const JobOutcome broken = world.run(); !broken.result) ++failed;
    world.files().crash(FakeLoss::kNothing);
    const JobOutcome outcome = world.run();
    if (!outcome.result) FAIL(outcome.result.error().text);
    CHECK(first_difference(torture_outputs(), world.outputs()) == "");
  }
  CHECK(failed >= 5);
}

TEST_CASE("a job on the machine's disk and clock, stopped and started again, gives the bytes of one without threads", "[threaded]") {
  MachineJob job(threaded(many_rounds(), 2));
  std::uint64_t checkpoints = job.run(100);
  checkpoints += job.run(100'000);
  CHECK(checkpoints >= 2);
  CHECK(first_difference(torture_outputs(), job.outputs()) == "");
}

}  // namespace reckoner::testing
