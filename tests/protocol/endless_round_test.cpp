#include "protocol/endless_round.hpp"

#include "support/catch.hpp"

namespace reckoner::protocol {
namespace {

using Steps = std::vector<std::vector<std::uint32_t>>;

std::vector<std::uint32_t> round_in(const Steps& steps) {
  StepGraph graph;
  for (const auto& targets : steps) {
    graph.add_state();
    for (const std::uint32_t target : targets) graph.add_step_to(target);
  }
  return find_endless_round(graph);
}

}  // namespace

TEST_CASE("a graph whose every run ends has no round") {
  CHECK(round_in({}).empty());
  CHECK(round_in({{1, 2}, {3}, {3}, {}}).empty());
}

TEST_CASE("a round is found, and a shortest one through its first state is told") {
  CHECK(round_in({{0}}) == std::vector<std::uint32_t>{0, 0});
  CHECK(round_in({{1}, {2}, {3}, {1}}) == std::vector<std::uint32_t>{1, 2, 3, 1});
  CHECK(round_in({{1}, {2, 4}, {3}, {1}, {1}}) == std::vector<std::uint32_t>{1, 4, 1});
}

}  // namespace reckoner::protocol
