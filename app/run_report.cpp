#include "app/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <numeric>

#include "app/conservation_report.hpp"
#include "app/decoding_report.hpp"
#include "app/memory_account.hpp"
#include "connectors/file_source.hpp"

namespace reckoner {

namespace {

void add(UnknownCounts& into, const UnknownCounts& counts) {
  for (std::size_t reason = 0; reason < kUnknownReasons; ++reason) into[reason] += counts[reason];
}

// The same rule's, so of the same inputs.
void add(std::vector<WaitCounts>& into, const std::vector<WaitCounts>& waits) {
  if (into.empty()) {
    into = waits;
    return;
  }
  for (std::size_t i = 0; i < waits.size(); ++i) {
    into[i].silent += waits[i].silent;
    into[i].let_go += waits[i].let_go;
  }
}

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
  fmt::print(stderr, "{:<20} {:>14} {:>14}\n", "output", "rows", "bytes");
  for (std::size_t output = 0; output < kOutputs; ++output)
    fmt::print(stderr, "{:<20} {:>14} {:>14}\n", to_text(static_cast<OutputId>(output)), rows[output], bytes[output]);
}

// What the rules and scores decided since the job was created, over all shards.
void print_decisions(const WiredJob& wired) {
  fmt::print(stderr, "\n{:<20} {:>14} {:>14}", "decided", "fired", "unknown:");
  for (std::size_t reason = 0; reason < kUnknownReasons; ++reason) fmt::print(stderr, " {:>14}", to_text(static_cast<UnknownReason>(reason)));
  fmt::print(stderr, "\n");
  const auto print = [&](std::string_view name, std::string_view fired, const UnknownCounts& unknown) {
    fmt::print(stderr, "{:<20} {:>14} {:>14}", name, fired, std::accumulate(unknown.begin(), unknown.end(), std::uint64_t{0}));
    for (const std::uint64_t count : unknown) fmt::print(stderr, " {:>14}", count);
    fmt::print(stderr, "\n");
  };
  for (std::size_t kind = 0; kind < wired.plan->keys.size(); ++kind) {
    const KeyPlan& key = wired.plan->keys[kind];
    for (std::size_t score = 0; score < key.scores.size(); ++score) {
      UnknownCounts unknown{};
      for (const auto& shard : wired.spaces) add(unknown, shard[kind].scores[score]->unknown());
      print(key.scores[score].name, "", unknown);
    }
    for (std::size_t rule = 0; rule < key.rules.size(); ++rule) {
      const RuleCounts sum = counts_of_rule(wired, kind, rule);
      print(key.rules[rule].id, fmt::format("{}", sum.fired), sum.unknown);
      if (sum.repeated > 0) fmt::print(stderr, "  {} of these repeat an alert that was held\n", sum.repeated);
      if (sum.hidden > 0) fmt::print(stderr, "  {} of these were hidden by exceptions\n", sum.hidden);
      if (sum.faults > 0) fmt::print(stderr, "  {} unknown where the rule calls that a fault\n", sum.faults);
    }
  }
}

// Of rules about something that did not come: the inputs that were in the way.
void print_waits(const WiredJob& wired) {
  for (std::size_t kind = 0; kind < wired.plan->keys.size(); ++kind) {
    const std::vector<RulePlan>& rules = wired.plan->keys[kind].rules;
    for (std::size_t rule = 0; rule < rules.size(); ++rule) {
      for (const WaitCounts& wait : counts_of_rule(wired, kind, rule).waits) {
        const auto print = [&](std::uint64_t count, const std::string& since) {
          if (count > 0) fmt::print(stderr, "{} could not know {} times, since {}\n", rules[rule].id, count, since);
        };
        print(wait.silent, silent_text(wait.input));
        print(wait.let_go, let_go_text(wait.input));
      }
    }
  }
}

void print_totals_without_key(const WiredJob& wired) {
  for (std::size_t kind = 0; kind < wired.plan->keys.size(); ++kind) {
    const KeyPlan& key = wired.plan->keys[kind];
    for (std::size_t total = 0; total < key.totals.size(); ++total) {
      std::uint64_t count = 0;
      for (const auto& shard : wired.spaces) count += shard[kind].totals[total]->without_key();
      if (count > 0)
        fmt::print(stderr, "{} records of '{}' have no {}, so that total '{}' counts them nowhere\n", count,
                   wired.plan->inputs[key.totals[total].input].schema.input, fmt::join(key.by, ", "), key.totals[total].name);
    }
  }
}

// Facts that keep records until something about them is decided, where they could not keep or look at all of them.
void print_records_let_go(const WiredJob& wired) {
  for (std::size_t kind = 0; kind < wired.plan->keys.size(); ++kind) {
    std::map<std::uint32_t, std::uint64_t> dropped;  // by fact
    std::map<std::uint32_t, std::uint64_t> too_old;
    for (const auto& shard : wired.spaces) {
      for (const EvidenceSource* keeper : shard[kind].evidence) dropped[keeper->fact()] += keeper->dropped();
      for (const AbsenceOperator* absence : shard[kind].absences) too_old[absence->fact()] += absence->counts().too_old;
    }
    const auto name = [&](std::uint32_t fact) -> std::string_view { return wired.plan->keys[kind].facts[fact].name; };
    for (const auto& [fact, count] : dropped) {
      if (count > 0)
        fmt::print(stderr, "warning: '{}' let {} records or attempts go, since a key had too many of them; raise max_open or limits.max_per_key\n",
                   name(fact), count);
    }
    for (const auto& [fact, count] : too_old) {
      if (count > 0) fmt::print(stderr, "warning: '{}' did not look at {} records that came too late; raise out_of_orderness\n", name(fact), count);
    }
  }
}

// What was left out for want of room, and files that were not read again: never silently.
void print_left_out(const WiredJob& wired) {
  std::uint64_t forgotten = 0;
  for (const auto& shard : wired.job->shards()) forgotten += shard->record_screen() == nullptr ? 0 : shard->record_screen()->forgotten_early();
  if (forgotten > 0)
    fmt::print(stderr, "warning: {} ids were forgotten before their span was over, so copies of them may have passed; raise dedupe.max_bytes\n",
               forgotten);
  for (std::size_t kind = 0; kind < wired.plan->keys.size(); ++kind) {
    std::uint64_t refused = 0;
    for (const auto& shard : wired.job->shards()) refused += shard->spaces()[kind]->refused_records();
    if (refused == 0) continue;
    fmt::print(stderr,
               "warning: {} records of new keys by {} were looked at by no rule or total, since max_keys was reached; raise limits.max_keys\n",
               refused, fmt::join(wired.plan->keys[kind].by, ", "));
  }
  for (const std::string& left_out : wired.job->report().left_out) fmt::print(stderr, "warning: {}\n", left_out);
  for (const DuplicateFile& file : wired.source->take_duplicates())
    fmt::print(stderr, "warning: {} was not read: it holds the same bytes as {}, which was taken\n", file.path, file.same_as);
}

void print_memory(const WiredJob& wired) {
  constexpr std::string_view kRow = "{:<20} {:>14}\n";
  std::uint64_t sum = 0;
  fmt::print(stderr, "\n");
  fmt::print(stderr, kRow, "memory", "bytes");
  for (const MemoryItem& item : memory_account(wired)) {
    fmt::print(stderr, kRow, item.what, item.bytes);
    sum += item.bytes;
  }
  fmt::print(stderr, kRow, "together", sum);
  if (const auto resident = resident_bytes()) fmt::print(stderr, kRow, "resident in all", *resident);
}

void print_rate(const WiredJob& wired) {
  const JobReport& report = wired.job->report();
  const double seconds = static_cast<double>(report.elapsed_ns) / 1e9;
  fmt::print(stderr, "\n{} records in {:.2f} s ({:.0f} a second), {} epochs, {} checkpoints", report.records, seconds,
             static_cast<double>(report.records) / std::max(seconds, 1e-9), report.epochs, report.checkpoints);
  if (wired.replayed_epochs > 0)
    fmt::print(stderr, "; before that {} epochs with {} records replayed", wired.replayed_epochs, wired.replayed_records);
  fmt::print(stderr, "\n");
}

}  // namespace

RuleCounts counts_of_rule(const WiredJob& wired, std::size_t key_kind, std::size_t rule) {
  RuleCounts sum;
  for (const auto& shard : wired.spaces) {
    const RuleCounts& counts = shard[key_kind].alerts->counts()[rule];
    sum.fired += counts.fired;
    sum.repeated += counts.repeated;
    sum.faults += counts.faults;
    sum.hidden += counts.hidden;
    add(sum.unknown, counts.unknown);
    add(sum.waits, counts.waits);
  }
  return sum;
}

void print_run_report(const WiredJob& wired) {
  const std::vector<PartitionProgress> partitions = wired.job->reader().progress();
  print_conservation(stderr, *wired.plan, lines_by_input(*wired.plan, partitions));
  const Result<void> conserved = check_conservation(partitions);
  fmt::print(stderr, "{}\n\n", conserved ? "conservation: holds for every partition" : conserved.error().text);
  print_rows(wired);
  print_decisions(wired);
  print_waits(wired);
  print_decoding(*wired.plan, wired.job->reader(), "");
  print_totals_without_key(wired);
  print_left_out(wired);
  print_records_let_go(wired);
  print_memory(wired);
  print_rate(wired);
}

}  // namespace reckoner
