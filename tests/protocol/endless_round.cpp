#include "protocol/endless_round.hpp"

#include <algorithm>
#include <map>

namespace reckoner::protocol {
namespace {

enum class Visit : std::uint8_t { kNot, kOpen, kDone };

struct Open {
  std::uint32_t state = 0;
  std::size_t next = 0;  // of its steps
};

// The states of some round: those on the way of a depth-first walk from where a step leads back to. Empty when no step does.
std::vector<std::uint32_t> find_any_round(const StepGraph& graph) {
  std::vector<Visit> visits(graph.states(), Visit::kNot);
  std::vector<Open> way;
  for (std::uint32_t root = 0; root < graph.states(); ++root) {
    if (visits[root] != Visit::kNot) continue;
    way.push_back({root});
    visits[root] = Visit::kOpen;
    while (!way.empty()) {
      const std::span<const std::uint32_t> targets = graph.from(way.back().state);
      if (way.back().next == targets.size()) {
        visits[way.back().state] = Visit::kDone;
        way.pop_back();
        continue;
      }
      const std::uint32_t target = targets[way.back().next++];
      if (visits[target] == Visit::kNot) {
        visits[target] = Visit::kOpen;
        way.push_back({target});
      } else if (visits[target] == Visit::kOpen) {
        std::vector<std::uint32_t> round;
        for (std::size_t i = way.size(); i-- > 0 && (round.empty() || round.back() != target);) round.push_back(way[i].state);
        return round;
      }
    }
  }
  return {};
}

std::vector<std::uint32_t> shortest_round_through(const StepGraph& graph, std::uint32_t first) {
  std::map<std::uint32_t, std::uint32_t> reached_from;
  std::vector<std::uint32_t> queue = {first};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::uint32_t target : graph.from(queue[i])) {
      if (!reached_from.emplace(target, queue[i]).second) continue;
      if (target != first) {
        queue.push_back(target);
        continue;
      }
      std::vector<std::uint32_t> round = {first};
      for (std::uint32_t state = queue[i]; state != first; state = reached_from.at(state)) round.push_back(state);
      round.push_back(first);
      std::reverse(round.begin(), round.end());
      return round;
    }
  }
  return {};
}

}  // namespace

std::span<const std::uint32_t> StepGraph::from(std::uint32_t state) const {
  const std::size_t end = state + 1U < begins_.size() ? begins_[state + 1U] : targets_.size();
  return std::span(targets_).subspan(begins_[state], end - begins_[state]);
}

std::vector<std::uint32_t> find_endless_round(const StepGraph& graph) {
  const std::vector<std::uint32_t> round = find_any_round(graph);
  if (round.empty()) return {};
  // The state of it that was found first is the nearest to the beginning.
  return shortest_round_through(graph, *std::min_element(round.begin(), round.end()));
}

}  // namespace reckoner::protocol
