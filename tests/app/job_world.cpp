#include "job_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "app/conservation_report.hpp"
#include "app/job_opening.hpp"
#include "app/run_report.hpp"
#include "connectors/local_commit_log.hpp"
#include "connectors/log_segment.hpp"
#include "engine/check.hpp"
#include "state/rocksdb_checkpoint.hpp"

namespace reckoner::testing {

namespace {

struct Killed {};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void write_text(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

JobWorld::JobWorld(const std::string& rule_set, const std::vector<JobInput>& inputs, JobSettingTexts settings) : settings_(std::move(settings)) {
  settings_.emplace("shards", "1");
  settings_.emplace("engine.background", "false");
  std::string folder = rule_set;
  if (rule_set.find('\n') != std::string::npos) {
    folder = scratch_.inner("rules");
    write_text(folder + "/ruleset.yaml", rule_set);
  }
  std::string job = fmt::format("job: test\nruleset: {}\noutputs: {{dir: out}}\nstate: {{dir: state}}\ninputs:\n", folder);
  for (const JobInput& input : inputs) {
    job += fmt::format("  {0}: {{files: [\"{0}-*{1}\"]}}\n", input.name, input.suffix);
    suffixes_[input.name] = input.suffix;
    for (std::size_t file = 0; file < input.files.size(); ++file) append_input(input.name, file, input.files[file]);
  }
  write_text(scratch_.inner("job.yaml"), job);
}

void JobWorld::append_input(const std::string& input, std::size_t file, const std::string& bytes) {
  files_->grow(scratch_.inner(fmt::format("{}-{}{}", input, file, suffixes_.at(input))), bytes);
}

void JobWorld::use_rocksdb(FileFaults* faults) {
  rocksdb_ = true;
  faults_ = faults;
}

Result<WiredJob> JobWorld::wire(bool until_end) {
  std::vector<std::string> overrides;
  for (const auto& [path, value] : settings_) overrides.push_back(path + "=" + value);
  Result<JobFile> file = JobFile::load(scratch_.inner("job.yaml"), overrides, {});
  if (!file) return std::unexpected(file.error());
  JobGround ground{files_, clock_, checkpoints_};
  if (rocksdb_) {
    CheckpointSettings checkpoints;
    checkpoints.copies_kept = 2;
    checkpoints.runs_before_merge = 2;
    checkpoints.runs_max = 2;
    checkpoints.faults = faults_;
    auto store = RocksDbCheckpoint::open(checkpoint_directory(), checkpoints);
    if (!store) return std::unexpected(store.error());
    ground.checkpoints = std::move(*store);
  }
  return open_job(std::move(*file), until_end, std::move(ground));
}

Result<void> JobWorld::run_job(WiredJob& wired, const std::atomic<bool>& stop, JobOutcome& outcome) {
  Job& job = *wired.job;
  if (Result<void> ran = job.run(stop); !ran) return ran;
  if (Result<void> published = wired.local_log->publish(); !published) return published;
  outcome.report = job.report();
  for (const PartitionProgress& partition : job.reader().progress()) {
    Conservation& sum = outcome.counts[wired.plan->inputs[partition.id.input].schema.input];
    sum.read += partition.counts.read;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) sum.records[bucket] += partition.counts.records[bucket];
  }
  for (std::size_t kind = 0; kind < wired.plan->keys.size(); ++kind) {
    const std::vector<RulePlan>& rules = wired.plan->keys[kind].rules;
    for (std::size_t rule = 0; rule < rules.size(); ++rule) outcome.decided[rules[rule].id] = counts_of_rule(wired, kind, rule);
  }
  return check_conservation(job.reader().progress());
}

Result<void> JobWorld::to_the_end(std::optional<std::uint64_t> rounds, JobOutcome& outcome) {
  Result<WiredJob> wired = wire(true);
  if (!wired) return std::unexpected(wired.error());
  std::uint64_t done = 0;
  wired->job->on_progress([&](const JobProgress&) {
    clock_->advance_ms(1);
    if (rounds && ++done >= *rounds) throw Killed{};
  });
  return run_job(*wired, false, outcome);
}

JobOutcome JobWorld::outcome_of(const std::function<Result<void>(JobOutcome&)>& process) {
  JobOutcome outcome;
  try {
    outcome.result = process(outcome);
  } catch (const Killed&) {
    outcome.killed = true;
  } catch (const FakeCrash&) {
    outcome.killed = true;
  }
  return outcome;
}

JobOutcome JobWorld::run(std::optional<std::uint64_t> rounds) {
  return outcome_of([&](JobOutcome& outcome) { return to_the_end(rounds, outcome); });
}

JobOutcome JobWorld::follow(const std::function<Pause()>& pause) {
  std::atomic<bool> stop = false;
  clock_->on_sleep([&] {
    const Pause asked = pause();
    if (asked == Pause::kKill) throw Killed{};
    if (asked == Pause::kStop) stop = true;
  });
  JobOutcome outcome = outcome_of([&](JobOutcome& into) -> Result<void> {
    Result<WiredJob> wired = wire(false);
    if (!wired) return std::unexpected(wired.error());
    wired->job->on_progress([this](const JobProgress&) { clock_->advance_ms(1); });
    return run_job(*wired, stop, into);
  });
  clock_->on_sleep({});
  return outcome;
}

OutputTexts JobWorld::outputs() const {
  OutputTexts texts;
  const std::string prefix = scratch_.inner("out/");
  for (const std::string& path : files_->paths()) {
    if (!path.starts_with(prefix) || !path.ends_with(".jsonl")) continue;
    if (std::string bytes = files_->bytes(path); !bytes.empty()) texts[path.substr(prefix.size())] = std::move(bytes);
  }
  return texts;
}

bool JobWorld::has_forgotten_epochs() const { return !files_->exists(scratch_.inner("state/log/" + segment_name(1))); }

std::vector<std::string> sorted_rows(const OutputTexts& outputs, const std::string& name) {
  std::vector<std::string> rows;
  for (const auto& [file, text] : outputs) {
    if (!file.starts_with(name + "-")) continue;
    for (std::string& line : lines_of(text)) rows.push_back(std::move(line));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string first_difference(const OutputTexts& expected, const OutputTexts& found) {
  for (const auto& [file, text] : expected) {
    const auto other = found.find(file);
    if (other == found.end()) return file + " is not there";
    if (other->second == text) continue;
    const std::vector<std::string> left = lines_of(text);
    const std::vector<std::string> right = lines_of(other->second);
    for (std::size_t line = 0; line < std::min(left.size(), right.size()); ++line) {
      if (left[line] != right[line]) return fmt::format("{}:{}\nexpected {}\nfound    {}", file, line + 1, left[line], right[line]);
    }
    return fmt::format("{} has {} rows, expected {}", file, right.size(), left.size());
  }
  for (const auto& [file, text] : found) {
    if (!expected.contains(file)) return fmt::format("{} should not be there: {}", file, text.substr(0, 300));
  }
  return {};
}

}  // namespace reckoner::testing
