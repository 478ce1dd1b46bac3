#include "app/test_limits.hpp"

#include <fmt/format.h>

namespace reckoner {

namespace {

std::string times_text(std::uint64_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

std::uint64_t truncated_of(const UnknownCounts& unknown) { return unknown[static_cast<std::size_t>(UnknownReason::kTruncated)]; }

void add_refused(const KeyPlan& key, std::uint64_t refused, LimitsReached& into) {
  if (refused == 0) return;
  into.counts.max_keys += refused;
  into.lines.push_back(fmt::format("limits.max_keys ({}) was reached: {} of new keys by {} came to no rule, score or total", key.keys_max,
                                   times_text(refused, "record"), fmt::join(key.by, ", ")));
}

void add_truncated(const KeyPlan& key, std::string_view name, std::uint64_t truncated, LimitsReached& into) {
  if (truncated == 0) return;
  into.counts.max_per_key += truncated;
  into.lines.push_back(fmt::format("limits.max_per_key ({}) was reached: {} was unknown {}, since older records of the key were let go",
                                   key.per_key_max, name, times_text(truncated, "time")));
}

void add_dropped(const KeyPlan& key, const EvidenceSource& keeper, LimitsReached& into) {
  if (keeper.dropped() == 0) return;
  into.counts.max_per_key += keeper.dropped();
  into.lines.push_back(fmt::format("limits.max_per_key ({}) or max_open was reached: '{}' let {} records or attempts go", key.per_key_max,
                                   key.facts[keeper.fact()].name, keeper.dropped()));
}

}  // namespace

LimitsReached limits_reached(const Plan& plan, const Shard& shard, const std::vector<BuiltKeySpace>& spaces) {
  LimitsReached reached;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    const KeyPlan& key = plan.keys[kind];
    const BuiltKeySpace& built = spaces[kind];
    add_refused(key, shard.spaces()[kind]->refused_records(), reached);
    for (std::size_t score = 0; score < key.scores.size(); ++score)
      add_truncated(key, "score " + key.scores[score].name, truncated_of(built.scores[score]->unknown()), reached);
    for (std::size_t rule = 0; rule < key.rules.size(); ++rule)
      add_truncated(key, key.rules[rule].id, truncated_of(built.alerts->counts()[rule].unknown), reached);
    for (const EvidenceSource* keeper : built.evidence) add_dropped(key, *keeper, reached);
  }
  return reached;
}

}  // namespace reckoner
