#include "app/conservation_report.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <map>

#include "engine/wide_sum.hpp"

namespace reckoner {

namespace {

void print_rows(const WiredJob& wired) {
  const auto& last = wired.job->last();
  if (!last) return;
  std::array<std::uint64_t, kOutputs> rows{};
  std::array<std::uint64_t, kOutputs> bytes{};
  for (const ShardSection& section : last->sections) {
    for (const OutputProgress& output : section.outputs) {
      rows.at(output.output) += output.rows;
      bytes.at(output.output) += output.bytes;
    }
  }
  fmt::print(stderr, "{:<14} {:>14} {:>16}\n", "output", "rows", "bytes");
  for (std::size_t output = 0; output < kOutputs; ++output)
    fmt::print(stderr, "{:<14} {:>14} {:>16}\n", to_text(static_cast<OutputId>(output)), rows[output], bytes[output]);
}

}  // namespace

Result<void> check_conservation(const std::vector<PartitionProgress>& partitions) {
  for (const PartitionProgress& partition : partitions) {
    std::uint64_t records = 0;
    Int128 sum = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      records += partition.counts.records[bucket];
      sum += to_int128(partition.counts.sums[bucket]);
    }
    if (records == partition.counts.read && records == partition.next.record && sum == to_int128(partition.counts.read_sum)) continue;
    return fail(ErrorKind::kInternal, fmt::format("input {} partition {}: {} records read up to {}, {} accounted for", partition.id.input,
                                                  partition.id.partition, partition.counts.read, partition.next.record, records));
  }
  return {};
}

void print_run_report(const WiredJob& wired) {
  std::map<InputId, Conservation> by_input;
  for (const PartitionProgress& partition : wired.job->reader().progress()) {
    Conservation& sum = by_input[partition.id.input];
    sum.read += partition.counts.read;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) sum.records[bucket] += partition.counts.records[bucket];
  }
  fmt::print(stderr, "{:<14} {:>14} {:>14} {:>10} {:>10} {:>10} {:>10}\n", "input", "read", "processed", "late", "duplicate", "filtered", "rejected");
  for (const auto& [input, counts] : by_input) {
    fmt::print(stderr, "{:<14} {:>14} {:>14} {:>10} {:>10} {:>10} {:>10}\n", wired.plan->inputs[input].schema.input, counts.read, counts.records[0],
               counts.records[1], counts.records[2], counts.records[3], counts.records[4]);
  }
  const Result<void> conserved = check_conservation(wired.job->reader().progress());
  fmt::print(stderr, "conservation: {}\n\n", conserved ? "holds for every partition" : conserved.error().text);
  print_rows(wired);
  const JobReport& report = wired.job->report();
  const double seconds = static_cast<double>(report.elapsed_ns) / 1e9;
  fmt::print(stderr, "\n{} records in {:.2f} s ({:.0f} a second), {} epochs, {} checkpoints", report.records, seconds,
             static_cast<double>(report.records) / std::max(seconds, 1e-9), report.epochs, report.checkpoints);
  if (report.replayed_epochs > 0)
    fmt::print(stderr, "; before that {} epochs with {} records replayed", report.replayed_epochs, report.replayed_records);
  fmt::print(stderr, "\n");
}

}  // namespace reckoner
