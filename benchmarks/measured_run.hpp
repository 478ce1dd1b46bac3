// A whole job as a benchmark runs it: in a process of its own, pinned, with rates of the second half of the input, when memory has been touched.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/job.hpp"

namespace reckoner {

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
  std::uint64_t copy_bytes = 0;     // on their way into a checkpoint
  std::uint64_t program_bytes = 0;  // resident before the first record
  long resident_kib = 0;

  [[nodiscard]] double rate() const { return static_cast<double>(records) / 2 / seconds; }  // of the second half
  [[nodiscard]] double whole_rate() const { return static_cast<double>(records) / whole_seconds; }
};

[[nodiscard]] double now_seconds();

// Runs `work` in a child on the first `cores` of the cores that this process may use.
[[nodiscard]] Measured in_child(std::size_t cores, const std::function<Measured()>& work);

// The job file's job over the file `input` of `events` records, to its end; state and outputs lie in `directory`, which is made anew.
[[nodiscard]] Measured run_job(const std::string& job, const std::string& input, const std::string& directory, std::uint64_t events,
                               std::size_t threads, std::vector<std::string> overrides);

// Writes an input of the seed workload; gives back its path.
std::string generate(const std::string& path, std::uint64_t events, std::uint64_t accounts, bool skew);

// A line of the run: its rate, of the second half and whole, from the first event to the last checkpoint; stages by event of the second half; memory.
void report(const std::string& name, const Measured& measured);

}  // namespace reckoner
