#include "app/conservation_report.hpp"

#include <fmt/format.h>

#include <map>

#include "engine/wide_sum.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kRow = "{:<20} {:>14} {:>14} {:>14} {:>14} {:>14} {:>14}\n";

// A sum over an input's amounts, as the amounts are written.
std::string sum_text(const WideSum& sum, int scale) {
  const Int128 value = to_int128(sum);
  std::string digits = fmt::format("{}", value < 0 ? -value : value);
  const auto decimals = static_cast<std::size_t>(scale);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, 1, '.');
  return value < 0 ? "-" + digits : digits;
}

void add(Conservation& into, const Conservation& counts) {
  const auto add_sum = [](WideSum& sum, const WideSum& more) {
    const Int128 total = to_int128(sum) + to_int128(more);
    sum = {static_cast<std::int64_t>(total >> 64), static_cast<std::uint64_t>(total)};
  };
  into.read += counts.read;
  add_sum(into.read_sum, counts.read_sum);
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    into.records[bucket] += counts.records[bucket];
    add_sum(into.sums[bucket], counts.sums[bucket]);
  }
}

}  // namespace

Result<void> check_conservation(const PartitionProgress& partition) {
  const Conservation& counts = partition.counts;
  std::uint64_t records = 0;
  Int128 sum = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    records += counts.records[bucket];
    sum += to_int128(counts.sums[bucket]);
  }
  const auto broken = [&](std::string what) {
    return fail(ErrorKind::kInternal, fmt::format("conservation: input {} partition {}: {}", partition.id.input, partition.id.partition, what));
  };
  if (counts.read != partition.next.record) return broken(fmt::format("{} records read, but it stands at {}", counts.read, partition.next.record));
  if (records != counts.read) return broken(fmt::format("{} records read, {} accounted for", counts.read, records));
  if (sum != to_int128(counts.read_sum)) {
    return broken(fmt::format("amounts of {} read, of {} accounted for (unscaled)", to_int128(counts.read_sum), sum));
  }
  return {};
}

Result<void> check_conservation(const std::vector<PartitionProgress>& partitions) {
  for (const PartitionProgress& partition : partitions) {
    if (Result<void> checked = check_conservation(partition); !checked) return checked;
  }
  return {};
}

std::vector<ConservationLine> lines_by_input(const Plan& plan, const std::vector<PartitionProgress>& partitions) {
  std::map<InputId, Conservation> sums;
  for (const PartitionProgress& partition : partitions) add(sums[partition.id.input], partition.counts);
  std::vector<ConservationLine> lines;
  lines.reserve(sums.size());
  for (const auto& [input, counts] : sums) lines.push_back({plan.inputs.at(input).schema.input, input, counts});
  return lines;
}

std::vector<ConservationLine> lines_by_partition(const Plan& plan, const std::vector<PartitionProgress>& partitions) {
  std::vector<ConservationLine> lines;
  for (const PartitionProgress& partition : partitions) {
    const std::string name = fmt::format("{}/{}", plan.inputs.at(partition.id.input).schema.input, partition.id.partition);
    lines.push_back({name, partition.id.input, partition.counts});
  }
  return lines;
}

void print_conservation(std::FILE* out, const Plan& plan, const std::vector<ConservationLine>& lines) {
  fmt::print(out, kRow, "input", "read", "processed", "late", "duplicate", "filtered", "rejected");
  for (const auto& [name, input, counts] : lines) {
    const auto& records = counts.records;
    fmt::print(out, kRow, name, counts.read, records[0], records[1], records[2], records[3], records[4]);
    const Schema& schema = plan.inputs.at(input).schema;
    if (!schema.amount) continue;
    const Field& amount = schema.fields[*schema.amount];
    std::vector<std::string> sums;
    sums.reserve(counts.sums.size());
    for (const WideSum& sum : counts.sums) sums.push_back(sum_text(sum, amount.type.scale));
    fmt::print(out, kRow, fmt::format("{} {}", name, amount.name), sum_text(counts.read_sum, amount.type.scale), sums[0], sums[1], sums[2], sums[3],
               sums[4]);
  }
}

}  // namespace reckoner
