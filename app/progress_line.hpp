// How far a run is, in one line that is written over and over: rows a second, event time, share of the input, time left. On a terminal only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/files.hpp"
#include "engine/job.hpp"

namespace reckoner {

struct ProgressStatus {
  double records_per_second = 0;
  std::int64_t event_time_ms = 0;
  std::optional<double> share;  // of the input's bytes, 0 to 1; nothing = its size is not known
  std::optional<std::int64_t> seconds_left;
};

// "  412,345 rows/s   event time 2026-01-14 03:12   47 % of the input   about 3 s left"
[[nodiscard]] std::string progress_text(const ProgressStatus& status);

// What share of the bytes of its files the job has read; nothing when a file is compressed or cannot be looked at.
[[nodiscard]] std::optional<double> share_read(const Reader& reader, Files& files);

// Belongs to the thread that runs the job; `job` and `files` outlive it.
class ProgressLine {
 public:
  ProgressLine(const Job& job, Files& files);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const JobProgress& progress);
  void clear();  // leaves the line to others

 private:
  const Job& job_;
  Files& files_;
  bool on_terminal_;
  std::optional<double> first_share_;  // where this run began
  std::int64_t shown_ns_ = 0;
};

}  // namespace reckoner
