#include "benchmarks/measured_run.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "app/generate_seed.hpp"
#include "app/job_opening.hpp"
#include "app/memory_account.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

// What records and windows may take, dictionaries and buffers apart.
constexpr std::uint64_t kKeyBytesMax = 512;
constexpr std::uint64_t kEventBytesMax = 24;
constexpr double kMemoryFactorMax = 1.25;

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

}  // namespace

double now_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

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
  const std::uint64_t program_bytes = resident_bytes().value_or(0);
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
  measured.program_bytes = program_bytes;
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

void report(const std::string& name, const Measured& measured) {
  const double half = static_cast<double>(measured.records) / 2;
  const auto nanoseconds = [&](std::int64_t stage) { return static_cast<double>(stage) / half; };
  fmt::print("{:<44} {:6.3f} M/s (whole run {:6.3f})  read {:4.0f}  work {:4.0f}  close {:4.0f}  outputs {:4.0f}  gather {:4.0f} ns", name,
             measured.rate() / 1e6, measured.whole_rate() / 1e6, nanoseconds(measured.stages.read), nanoseconds(measured.stages.work),
             nanoseconds(measured.stages.close), nanoseconds(measured.stages.outputs), nanoseconds(measured.stages.gather));
  fmt::print("  {} checkpoints, pause p99.9 {:.2f} longest {:.2f} ms", measured.checkpoints, static_cast<double>(measured.pause_p999_ns) / 1e6,
             static_cast<double>(measured.pause_longest_ns) / 1e6);
  const auto megabytes = [](std::uint64_t bytes) { return bytes >> 20U; };
  const double bound = kMemoryFactorMax * static_cast<double>(kKeyBytesMax * measured.keys + kEventBytesMax * measured.ring_events);
  fmt::print("  {} keys of {} B, {} events in windows {} MB, resident {} MB less {} of checkpoint copies and {} of the program, bound {}\n",
             measured.keys, measured.key_bytes / std::max<std::uint64_t>(measured.keys, 1), measured.ring_events, megabytes(measured.ring_bytes),
             measured.resident_kib >> 10U, megabytes(measured.copy_bytes), megabytes(measured.program_bytes),
             megabytes(static_cast<std::uint64_t>(bound)));
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

}  // namespace reckoner
