// One state stands for all that differ from it in nothing that matters: in the names of instances and shards, in where section numbers begin, and
// in what an instance remembers of sections that can never be the last one again. Numbers only grow, so those compare unequal for ever.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/rules.hpp"
#include "protocol/state.hpp"

namespace reckoner::protocol {

class Symmetry {
 public:
  explicit Symmetry(const Rules& rules);

  [[nodiscard]] State canonical(const State& state) const;

 private:
  struct Renaming {
    std::array<std::uint8_t, kInstances> instances{};  // new name by old
    std::array<std::uint8_t, kInstances> slots{};
    std::array<std::uint8_t, kShards> shards{};
  };

  // What can be told of each instance without names, by which least states have them in order, if shard `first` is named first.
  using Signatures = std::array<std::uint64_t, kInstances>;
  [[nodiscard]] Signatures signatures(const State& state, std::uint8_t first) const;
  [[nodiscard]] State renamed(const State& state, const Renaming& renaming) const;

  Rules rules_;
  std::vector<Renaming> renamings_;
  bool can_sort_ = false;  // instances can be put into any order
};

}  // namespace reckoner::protocol
