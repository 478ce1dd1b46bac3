#include "protocol/search.hpp"

#include <cstring>

#include "protocol/endless_round.hpp"
#include "protocol/steps.hpp"
#include "protocol/symmetry.hpp"
#include "protocol/visited_states.hpp"

namespace reckoner::protocol {
namespace {

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 32U;
  value *= 0xd6e8feb86659fd93U;
  value ^= value >> 29U;
  return value;
}

bool is_finished(const State& state, const Rules& rules) {
  for (std::uint8_t shard = 0; shard < rules.bounds.shards; ++shard) {
    const Instance& owner = state.instances[state.assigned[shard]];
    if (owner.work[shard].stage != Stage::kLive || state.histories[shard].epochs < rules.bounds.epochs) return false;
  }
  return true;
}

class Search {
 public:
  Search(const Rules& rules, std::size_t states_max) : rules_(rules), symmetry_(rules), states_max_(states_max) {}

  Walk run() {
    for (const State& state : initial_states(rules_)) reach(state, VisitedStates::kNone);
    while (!found_.empty() && walk_.broken == Invariant::kNone && visited_.size() < states_max_) expand_level();
    walk_.states = visited_.size();
    walk_.is_complete = walk_.broken == Invariant::kNone && found_.empty();
    if (walk_.is_complete) look_for_endless_round();
    return walk_;
  }

 private:
  // The number of the state.
  std::uint32_t reach(const State& state, std::uint32_t from) {
    const State canonical = symmetry_.canonical(state);
    const auto [number, is_new] = visited_.insert(fingerprint(canonical), from);
    if (is_new) found_.push_back(canonical);
    if (state.broken != Invariant::kNone) stop(state.broken, number);
    return number;
  }

  void expand_level() {
    const std::vector<State> level = std::exchange(found_, {});
    auto number = static_cast<std::uint32_t>(visited_.size() - level.size());
    for (const State& state : level) {
      expand(state, number++);
      if (walk_.broken != Invariant::kNone) return;
    }
    if (!found_.empty()) ++walk_.depth;
  }

  void expand(const State& state, std::uint32_t number) {
    find_successors(state, rules_, successors_);
    graph_.add_state();
    bool is_at_rest = true;
    for (const Successor& successor : successors_) {
      ++walk_.steps;
      const std::uint32_t target = reach(successor.state, number);
      if (walk_.broken != Invariant::kNone) return;
      if (!is_progress(successor.step.kind)) continue;
      graph_.add_step_to(target);
      is_at_rest = false;
    }
    if (is_at_rest && !is_finished(state, rules_)) stop(Invariant::kEveryEpochIsCommitted, number);
  }

  void stop(Invariant broken, std::uint32_t number) {
    walk_.broken = broken;
    walk_.trace = visited_.path_to(number);
  }

  void look_for_endless_round() {
    const std::vector<std::uint32_t> round = find_endless_round(graph_);
    if (round.empty()) return;
    stop(Invariant::kRunsEnd, round.front());
    walk_.round = round.size() - 1;
    for (std::size_t i = 1; i < round.size(); ++i) walk_.trace.push_back(visited_[round[i]]);
  }

  Rules rules_;
  Symmetry symmetry_;
  std::size_t states_max_;
  VisitedStates visited_;
  StepGraph graph_;
  std::vector<State> found_;  // and not yet expanded
  Successors successors_;
  Walk walk_;
};

}  // namespace

Fingerprint fingerprint(const State& state) {
  std::array<std::uint64_t, (sizeof(State) + 7) / 8> words{};
  std::memcpy(words.data(), &state, sizeof(State));
  Fingerprint hash = {0x9e3779b97f4a7c15U, 0xc2b2ae3d27d4eb4fU};
  for (const std::uint64_t word : words) {
    hash.low = mixed((hash.low ^ word) * 0x9fb21c651e98df25U);
    hash.high = mixed((hash.high + word) * 0xff51afd7ed558ccdU);
  }
  return hash;
}

Walk walk(const Rules& rules, std::size_t states_max) { return Search(rules, states_max).run(); }

}  // namespace reckoner::protocol
