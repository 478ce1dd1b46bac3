#include "protocol/symmetry.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "protocol/steps.hpp"
#include "support/catch.hpp"

namespace reckoner::protocol {
namespace {

constexpr int kRuns = 300;
constexpr int kStepsMax = 90;

std::string bytes_of(const State& state) { return {reinterpret_cast<const char*>(&state), sizeof(State)}; }

// Where the steps from a state lead, up to symmetry, and whether they are progress.
std::set<std::pair<std::string, bool>> outcomes(const Successors& successors, const Symmetry& symmetry) {
  std::set<std::pair<std::string, bool>> outcomes;
  for (const Successor& next : successors) outcomes.emplace(bytes_of(symmetry.canonical(next.state)), is_progress(next.step.kind));
  return outcomes;
}

// Along random runs: the state that stands for another has the same steps.
void expect_same_steps(const Bounds& bounds, unsigned seed) {
  const Rules rules{bounds, PlantedBug::kNone};
  const Symmetry symmetry(rules);
  std::mt19937 generator(seed);
  Successors concrete;
  Successors canonical;
  for (int run = 0; run < kRuns; ++run) {
    const std::vector<State> initial = initial_states(rules);
    State state = initial[generator() % initial.size()];
    for (int step = 0; step < kStepsMax; ++step) {
      const State representative = symmetry.canonical(state);
      find_successors(state, rules, concrete);
      find_successors(representative, rules, canonical);
      INFO("seed " << seed << ", run " << run << ", step " << step);
      REQUIRE(bytes_of(symmetry.canonical(representative)) == bytes_of(representative));
      REQUIRE(outcomes(concrete, symmetry) == outcomes(canonical, symmetry));
      if (concrete.empty()) break;
      state = concrete[generator() % concrete.size()].state;
    }
  }
}

constexpr FaultsLeft kManyFaults = {.crashes = 2, .lost_answers = 2, .aborts = 2, .time_outs = 1, .rebalances = 3, .disk_events = 3};

}  // namespace

TEST_CASE("the state that stands for its like has the same steps") {
  expect_same_steps({.faults = kManyFaults}, 1);
  expect_same_steps({.late_markers = false, .coarse = true, .faults = kManyFaults}, 2);
  expect_same_steps({.log_partitions = 2, .faults = kManyFaults}, 3);
  expect_same_steps({.instances = 2, .shards = 1, .faults = kManyFaults}, 4);
  expect_same_steps({.slot_of = {0, 0, 1}, .faults = kManyFaults}, 5);
}

TEST_CASE("states that differ in names alone are one") {
  const Rules rules{{.faults = kManyFaults}, PlantedBug::kNone};
  const Symmetry symmetry(rules);
  std::set<std::string> initial;
  for (const State& state : initial_states(rules)) initial.insert(bytes_of(symmetry.canonical(state)));
  // Both shards with one instance, or each with another.
  CHECK(initial.size() == 2);
}

}  // namespace reckoner::protocol
