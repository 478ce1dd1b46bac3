// The seed workload end to end: files in, totals, scores and alerts out, checkpoints on. Each run is a process of its own, pinned; rates are of
// the second half of the input, when memory has been touched. Ratios compare runs of this one call.
//   seed_benchmark [EVENTS [DIRECTORY]]   about 330 bytes of disk an event, twice
#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "app/generate_seed.hpp"
#include "app/job_opening.hpp"
#include "benchmarks/naive_engine.hpp"
#include "connectors/json_decoder.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

constexpr std::uint64_t kNaiveEvents = 100'000;
constexpr std::size_t kBlockBytes = 256U << 10U;

struct Measured {
  std::uint64_t records = 0;
  double seconds = 0;  // of the second half
  double whole_seconds = 0;
  StageTimes stages;
  std::uint64_t checkpoints = 0;
  std::int64_t pause_p999_ns = 0;
  std::int64_t pause_longest_ns = 0;
  std::uint64_t keys = 0;
  std::uint64_t key_bytes = 0;   // records and slots
  std::uint64_t ring_bytes = 0;  // events kept in windows
  std::uint64_t ring_events = 0;
  std::uint64_t copy_bytes = 0;  // on their way into a checkpoint
  long resident_kib = 0;

  [[nodiscard]] double rate() const { return static_cast<double>(records) / 2 / seconds; }
};

// What records and windows may take, dictionaries and buffers apart.
constexpr std::uint64_t kKeyBytesMax = 512;
constexpr std::uint64_t kEventBytesMax = 24;
constexpr double kMemoryFactorMax = 1.25;

double now_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Runs `work` in a child on the first `cores` of the cores that this process may use.
Measured in_child(std::size_t cores, const std::function<Measured()>& work) {
  int ends[2] = {};
  RECKONER_CHECK(pipe(ends) == 0, "pipe");
  const pid_t child = fork();
  RECKONER_CHECK(child >= 0, "fork");
  if (child == 0) {
    cpu_set_t allowed;
    cpu_set_t chosen;
    CPU_ZERO(&chosen);
    sched_getaffinity(0, sizeof allowed, &allowed);
    for (std::size_t cpu = CPU_SETSIZE; cpu-- > 0 && cores > 0;) {
      if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &chosen), --cores;
    }
    sched_setaffinity(0, sizeof chosen, &chosen);
    Measured measured = work();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    measured.resident_kib = usage.ru_maxrss;
    RECKONER_CHECK(write(ends[1], &measured, sizeof measured) == sizeof measured, "pipe");
    _exit(0);
  }
  close(ends[1]);
  Measured measured;
  const bool whole = read(ends[0], &measured, sizeof measured) == sizeof measured;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  RECKONER_CHECK(whole, "a run failed");
  return measured;
}

void measure_memory(const WiredJob& wired, Measured& measured) {
  for (const auto& shard : wired.job->shards()) {
    measured.copy_bytes += shard->checkpoint_bytes();
    for (const auto& space : shard->spaces()) {
      measured.keys += space->table().end();
      measured.key_bytes += space->bytes();
    }
  }
  for (std::size_t shard = 0; shard < wired.spaces.size(); ++shard) {
    for (std::size_t kind = 0; kind < wired.spaces[shard].size(); ++kind) {
      const KeyTable& table = wired.job->shards()[shard]->spaces()[kind]->table();
      for (const SlidingOperator* window : wired.spaces[shard][kind].windows) {
        measured.ring_bytes += window->bytes();
        for (std::uint32_t key = 0; key < table.end(); ++key) measured.ring_events += window->live_entries(table.record(key));
      }
    }
  }
}

Measured run_job(const std::string& job, const std::string& input, const std::string& directory, std::uint64_t events, std::size_t threads,
                 std::vector<std::string> overrides) {
  std::filesystem::remove_all(directory);
  for (const std::string& setting :
       {"inputs.events.files=" + input, "outputs.dir=" + directory + "/out", "state.dir=" + directory + "/state", fmt::format("threads={}", threads)})
    overrides.push_back(setting);
  auto file = JobFile::load(job, overrides, {});
  RECKONER_CHECK(file.has_value(), "{}", file.error().text);
  auto wired = open_job(std::move(*file), true);
  RECKONER_CHECK(wired.has_value(), "{}", wired.error().text);
  Job& running = *wired->job;
  double half = 0;
  StageTimes stages_at_half;
  running.on_progress([&](const JobProgress& progress) {
    if (half != 0 || progress.records < events / 2) return;
    half = now_seconds();
    stages_at_half = running.report().stages;
  });
  const double began = now_seconds();
  const std::atomic<bool> stop = false;
  const auto ran = running.run(stop);
  RECKONER_CHECK(ran.has_value(), "{}", ran.error().text);
  const double end = began + static_cast<double>(running.report().elapsed_ns) / 1e9;
  Measured measured;
  measured.records = running.report().records;
  measured.whole_seconds = end - began;
  measured.seconds = static_cast<double>(running.report().reading_ns) / 1e9 - (half - began);
  measured.stages = running.report().stages;
  for (auto stage : {&StageTimes::read, &StageTimes::work, &StageTimes::close, &StageTimes::outputs, &StageTimes::gather})
    measured.stages.*stage -= stages_at_half.*stage;
  measured.checkpoints = running.report().checkpoints;
  measured.pause_p999_ns = running.report().pauses.percentile(0.999);
  measured.pause_longest_ns = running.report().pauses.longest();
  measure_memory(*wired, measured);
  return measured;
}

// Reads and decodes the input as the job does, and drops it.
Measured run_parse_only(const std::string& input, const Plan& plan) {
  auto decoder = JsonDecoder::make(plan.inputs[0].schema, JsonTemplates::kLearn);
  RECKONER_CHECK(decoder.has_value(), "{}", decoder.error().text);
  const auto scratch = (*decoder)->make_scratch();
  std::ifstream file(input, std::ios::binary);
  RecordBlock block;
  Measured measured;
  std::string rest;
  const double began = now_seconds();
  block.text.resize(kBlockBytes + kTextPadding);
  for (std::size_t held = 0;;) {
    file.read(block.text.data() + held, static_cast<std::streamsize>(kBlockBytes - held));
    const std::size_t bytes = held + static_cast<std::size_t>(file.gcount());
    const std::size_t whole = std::string_view(block.text.data(), bytes).rfind('\n');
    if (whole == std::string_view::npos) break;
    block.text_bytes = whole + 1;
    rest.assign(block.text.data() + block.text_bytes, bytes - block.text_bytes);
    (*decoder)->decode(block, plan.inputs[0].wanted, *scratch);
    measured.records += block.rows;
    block.text.resize(kBlockBytes + kTextPadding);
    std::copy(rest.begin(), rest.end(), block.text.begin());
    held = rest.size();
  }
  measured.seconds = (now_seconds() - began) / 2;
  return measured;
}

void report(const std::string& name, const Measured& measured) {
  const double half = static_cast<double>(measured.records) / 2;
  const auto nanoseconds = [&](std::int64_t stage) { return static_cast<double>(stage) / half; };
  fmt::print("{:<44} {:6.3f} M/s  read {:4.0f}  work {:4.0f}  close {:4.0f}  outputs {:4.0f}  gather {:4.0f} ns", name, measured.rate() / 1e6,
             nanoseconds(measured.stages.read), nanoseconds(measured.stages.work), nanoseconds(measured.stages.close),
             nanoseconds(measured.stages.outputs), nanoseconds(measured.stages.gather));
  fmt::print("  {} checkpoints, pause p99.9 {:.2f} longest {:.2f} ms", measured.checkpoints, static_cast<double>(measured.pause_p999_ns) / 1e6,
             static_cast<double>(measured.pause_longest_ns) / 1e6);
  const auto megabytes = [](std::uint64_t bytes) { return bytes >> 20U; };
  const double bound = kMemoryFactorMax * static_cast<double>(kKeyBytesMax * measured.keys + kEventBytesMax * measured.ring_events);
  fmt::print("  {} keys of {} B, {} events in windows {} MB, resident {} MB less {} of checkpoint copies, bound {}\n", measured.keys,
             measured.key_bytes / std::max<std::uint64_t>(measured.keys, 1), measured.ring_events, megabytes(measured.ring_bytes),
             measured.resident_kib >> 10U, megabytes(measured.copy_bytes), megabytes(static_cast<std::uint64_t>(bound)));
  std::fflush(stdout);
}

std::string generate(const std::string& path, std::uint64_t events, std::uint64_t accounts, bool skew) {
  std::ofstream file(path, std::ios::binary);
  const auto made = generate_seed({events, accounts, 1, skew}, [&](std::string_view bytes) -> Result<void> {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return {};
  });
  RECKONER_CHECK(made.has_value() && file.good(), "{}", path);
  return path;
}

// The six rules, and 114 more over the same facts with bounds of their own.
std::string many_rules(const std::string& directory, const std::string& source) {
  const std::filesystem::path to = directory + "/rules120";
  std::filesystem::remove_all(to);
  std::filesystem::copy(source, to, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(source) / "rules")) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    for (int copy = 1; copy < 20; ++copy) {
      std::string rule = text.str();
      rule.insert(rule.find('\n'), fmt::format("_{}", copy));
      const std::size_t fire = rule.find("fire: ") + 6;
      rule.insert(rule.find('\n', fire), fmt::format(" and amount >= {}.00", 100 * copy));
      std::ofstream(to / "rules" / fmt::format("{}_{}.yaml", entry.path().stem().string(), copy)) << rule;
    }
  }
  return (to / "job.yaml").string();
}

void run_all(std::uint64_t events, const std::string& directory) {
  const std::string source = RECKONER_SOURCE_DIR "/examples/seed";
  const std::string job = source + "/job.yaml";
  const std::string work = directory + "/run";
  const auto plan = load_plan(*JobFile::load(job, {"inputs.events.files=-", "outputs.dir=-", "state.dir=-"}, {}));
  RECKONER_CHECK(plan.has_value(), "{}", plan.error().text);
  std::string input = generate(directory + "/events.jsonl", events, 1'000'000, false);
  const Measured parse = in_child(1, [&] { return run_parse_only(input, **plan); });
  const auto run = [&](const std::string& name, const std::string& of, std::size_t cores, std::vector<std::string> overrides) {
    const Measured measured = in_child(cores, [&] { return run_job(of, input, work, events, cores, std::move(overrides)); });
    report(name, measured);
    return measured;
  };
  const Measured one = run("1 M accounts, one core", job, 1, {});
  const Measured two = run("1 M accounts, two cores", job, 2, {});
  const Measured none = run("1 M accounts, one core, no checkpoints", job, 1, {"checkpoint.every=24h"});
  const Measured many = run("1 M accounts, one core, 120 rules", many_rules(directory, source), 1, {});
  const Measured naive = in_child(1, [&] {
    Measured measured;
    const double began = now_seconds();
    measured.records = run_naive_engine(input, work, kNaiveEvents);
    measured.seconds = (now_seconds() - began) / 2;
    return measured;
  });
  input = generate(directory + "/events.jsonl", events, 1'000'000, true);
  run("1 M accounts, --skew, one core", job, 1, {});
  input = generate(directory + "/events.jsonl", std::max<std::uint64_t>(events, 100), std::max<std::uint64_t>(events / 120, 1), false);
  run(fmt::format("{} accounts, 24 h full, one core", std::max<std::uint64_t>(events / 120, 1)), job, 1, {});
  fmt::print("\nparse only                                   {:6.3f} M/s; one core is {:.2f} of it\n", parse.rate() / 1e6, one.rate() / parse.rate());
  fmt::print("naive engine                                 {:6.3f} M/s; one core is {:.1f} times it\n", naive.rate() / 1e6,
             one.rate() / naive.rate());
  fmt::print("two cores are {:.2f} times one; with checkpoints {:.2f} of without; 120 rules cost {:.2f} times 6\n", two.rate() / one.rate(),
             one.rate() / none.rate(), one.rate() / many.rate());
  std::filesystem::remove_all(work);
  std::filesystem::remove(directory + "/events.jsonl");
}

}  // namespace
}  // namespace reckoner

int main(int arguments, char** values) {
  const std::uint64_t events = arguments > 1 ? std::strtoull(values[1], nullptr, 10) : 6'000'000;
  const std::string directory = arguments > 2 ? values[2] : std::filesystem::temp_directory_path() / "reckoner-bench";
  std::filesystem::create_directories(directory);
  reckoner::run_all(events, directory);
  return 0;
}
