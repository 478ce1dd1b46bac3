#include "app/progress_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/people_text.hpp"

namespace reckoner {

namespace {
constexpr std::int64_t kShowEveryNs = 200'000'000;
constexpr double kNanosecondsPerSecond = 1e9;
}  // namespace

std::string progress_text(const ProgressStatus& status) {
  std::string text = fmt::format("  {} rows/s", with_commas(static_cast<std::uint64_t>(status.records_per_second)));
  text += fmt::format("   event time {}", minute_text(status.event_time_ms));
  if (status.share) text += fmt::format("   {} % of the input", static_cast<int>(*status.share * 100));
  if (status.seconds_left) text += fmt::format("   about {} s left", *status.seconds_left);
  return text;
}

std::optional<double> share_read(const Reader& reader, Files& files) {
  std::uint64_t all = 0;
  for (const PartitionInfo& partition : reader.partitions()) {
    const Result<FileInfo> info = files.info(partition.name);
    if (!info || partition.name.ends_with(".gz") || partition.name.ends_with(".zst")) return std::nullopt;
    all += info->bytes;
  }
  std::uint64_t read = 0;
  for (const PartitionProgress& partition : reader.progress()) read += partition.next.byte;
  if (all == 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(read) / static_cast<double>(all));
}

ProgressLine::ProgressLine(const Job& job, Files& files) : job_(job), files_(files), on_terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const JobProgress& progress) {
  if (!on_terminal_ || (shown_ns_ != 0 && progress.elapsed_ns < shown_ns_ + kShowEveryNs)) return;
  ProgressStatus status;
  const double seconds = static_cast<double>(progress.elapsed_ns) / kNanosecondsPerSecond;
  status.records_per_second = static_cast<double>(progress.records) / std::max(seconds, 1e-9);
  status.event_time_ms = progress.event_time_ms;
  status.share = share_read(job_.reader(), files_);
  if (!first_share_) first_share_ = status.share;
  if (status.share && first_share_ && *status.share > *first_share_)
    status.seconds_left = static_cast<std::int64_t>(seconds * (1 - *status.share) / (*status.share - *first_share_)) + 1;
  fmt::print(stderr, "\r\033[K{}", progress_text(status));
  std::fflush(stderr);
  shown_ns_ = std::max<std::int64_t>(progress.elapsed_ns, 1);
}

void ProgressLine::clear() {
  if (shown_ns_ == 0) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ns_ = 0;
}

}  // namespace reckoner
