// Finds a round of steps that leads back to where it began.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reckoner::protocol {

// Which states each state's steps lead to. States are added in order of their numbers.
class StepGraph {
 public:
  void add_state() { begins_.push_back(targets_.size()); }
  void add_step_to(std::uint32_t target) { targets_.push_back(target); }
  [[nodiscard]] std::size_t states() const { return begins_.size(); }
  [[nodiscard]] std::span<const std::uint32_t> from(std::uint32_t state) const;

 private:
  std::vector<std::size_t> begins_;
  std::vector<std::uint32_t> targets_;
};

// A shortest round through a state that is on one, as [first, ..., first]; empty when there is none.
[[nodiscard]] std::vector<std::uint32_t> find_endless_round(const StepGraph& graph);

}  // namespace reckoner::protocol
