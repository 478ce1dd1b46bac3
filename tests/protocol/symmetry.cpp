#include "protocol/symmetry.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "protocol/log.hpp"
#include "protocol/ownership.hpp"

namespace reckoner::protocol {
namespace {

// Where the numbers of a shard's last section are put, and how far behind it a number still counts: what repeats one of these is told apart.
constexpr SectionId kLast = {8, 16};
constexpr int kEpochsBehind = 2;

SectionId shifted(SectionId id, SectionId last) {
  const int owner = id.owner - last.owner;
  const int epoch = id.epoch - last.epoch;
  if (owner < -1 || epoch < -kEpochsBehind) return {};
  return {static_cast<std::uint8_t>(kLast.owner + owner), static_cast<std::uint8_t>(kLast.epoch + epoch)};
}

bool is_before(SectionId id, SectionId other) { return id.owner < other.owner || id.epoch < other.epoch; }

void renumber(State& state, std::uint8_t shard) {
  History& history = state.histories[shard];
  const SectionId last = std::exchange(history.last, kLast);
  for (std::uint8_t i = 0; i < state.tail_size; ++i) {
    Section& section = state.tail[i].sections[shard];
    if (section.kind == SectionKind::kNone) continue;
    section.id = shifted(section.id, last);
    section.previous = shifted(section.previous, last);
  }
  Copy& copy = state.copies[shard];
  if (copy.id != SectionId{}) copy.id = shifted(copy.id, last);
  for (Instance& instance : state.instances) {
    Work& work = instance.work[shard];
    if (work.stage == Stage::kOut) continue;
    const bool only_remembers = work.stage == Stage::kAssigned || (work.stage == Stage::kAcquiring && instance.acquiring == Acquiring::kProbed);
    const bool needs_no_fencing = history.kind == SectionKind::kNone || history.kind == SectionKind::kRelease;
    if (only_remembers && (work.fenced == 0 || is_before(work.seen, last) || needs_no_fencing)) {
      work.seen = {};
      work.fenced = 0;
    } else {
      work.seen = shifted(work.seen, last);
    }
  }
}

// Elsewhere the slot is zero.
bool names_slot(const Instance& instance, const Work& work) {
  return work.stage == Stage::kAcquiring && instance.acquiring == Acquiring::kRead && work.fenced < kProducers;
}

void forget_what_cannot_matter(State& state, const Rules& rules) {
  for (std::uint8_t instance = 0; instance < rules.bounds.instances; ++instance) {
    Instance& self = state.instances[instance];
    // It will be told when the group has something for it.
    if (!is_concerned(state, instance)) self.informed = false;
    bool can_still_send = false;
    for (std::uint8_t producer = 0; producer < kProducers; ++producer) {
      TransactionalId& id = id_of(state, rules, instance, producer);
      // An id whose producer is gone.
      const bool is_abandoned = id.holder == instance && self.renewed <= producer && !id.end_underway;
      if (is_abandoned && !has_open_transaction(state, rules, rules.bounds.slot_of[instance], producer)) id.holder = kNobody;
      can_still_send = can_still_send || id.holder == instance;
    }
    if (can_still_send || self.sending) continue;
    // Whatever it would send is refused.
    for (std::uint8_t shard = 0; shard < kShards; ++shard) {
      Work& work = self.work[shard];
      const bool is_live = work.stage == Stage::kLive || work.stage == Stage::kReleasing;
      if (is_live && work.seen.owner < state.histories[shard].last.owner) work.seen = {};
    }
  }
}

// The slots' new names, if instances that share a slot still share one.
std::optional<std::array<std::uint8_t, kInstances>> slots_after(const std::array<std::uint8_t, kInstances>& instances, const Bounds& bounds) {
  std::array<std::uint8_t, kInstances> slots{};
  std::array<bool, kInstances> is_named{};
  for (std::uint8_t instance = 0; instance < kInstances; ++instance) {
    const std::uint8_t old_slot = bounds.slot_of[instance];
    const std::uint8_t new_slot = bounds.slot_of[instances[instance]];
    if (is_named[old_slot] && slots[old_slot] != new_slot) return std::nullopt;
    slots[old_slot] = new_slot;
    is_named[old_slot] = true;
  }
  for (std::uint8_t slot = 0; slot < kInstances; ++slot) {
    if (!is_named[slot]) slots[slot] = slot;
  }
  return slots;
}

bool keeps_unused(const std::array<std::uint8_t, kInstances>& instances, const Bounds& bounds) {
  for (std::uint8_t instance = bounds.instances; instance < kInstances; ++instance) {
    if (instances[instance] != instance) return false;
  }
  return true;
}

}  // namespace

Symmetry::Symmetry(const Rules& rules) : rules_(rules) {
  std::array<std::uint8_t, kInstances> instances = {0, 1, 2};
  do {
    const auto slots = slots_after(instances, rules.bounds);
    if (!slots || !keeps_unused(instances, rules.bounds)) continue;
    renamings_.push_back({instances, *slots, {0, 1}});
    if (rules.bounds.shards == kShards) renamings_.push_back({instances, *slots, {1, 0}});
  } while (std::next_permutation(instances.begin(), instances.end()));
  can_sort_ = std::set(rules.bounds.slot_of.begin(), rules.bounds.slot_of.end()).size() == kInstances;
}

State Symmetry::renamed(const State& state, const Renaming& renaming) const {
  State next = state;
  for (std::uint8_t instance = 0; instance < kInstances; ++instance) {
    Instance& target = next.instances[renaming.instances[instance]];
    target = state.instances[instance];
    for (std::uint8_t shard = 0; shard < kShards; ++shard) {
      Work work = state.instances[instance].work[shard];
      if (names_slot(state.instances[instance], work)) work.seen_slot = renaming.slots[work.seen_slot];
      target.work[renaming.shards[shard]] = work;
    }
    next.ids[renaming.slots[instance]] = state.ids[instance];
  }
  for (auto& slot : next.ids) {
    for (TransactionalId& id : slot) {
      if (id.holder != kNobody) id.holder = renaming.instances[id.holder];
    }
  }
  for (std::uint8_t shard = 0; shard < kShards; ++shard) {
    const std::uint8_t target = renaming.shards[shard];
    next.assigned[target] = renaming.instances[state.assigned[shard]];
    next.histories[target] = state.histories[shard];
    if (next.histories[target].kind != SectionKind::kNone) next.histories[target].slot = renaming.slots[state.histories[shard].slot];
    next.copies[target] = state.copies[shard];
  }
  // Records of one partition keep their order; between partitions there is none.
  std::uint8_t placed = 0;
  for (std::uint8_t partition = 0; partition < rules_.bounds.log_partitions; ++partition) {
    for (std::uint8_t i = 0; i < state.tail_size; ++i) {
      Record record = state.tail[i];
      if (rules_.bounds.log_partitions > 1) record.partition = renaming.shards[record.partition];
      if (record.partition != partition) continue;
      record.instance = renaming.instances[record.instance];
      for (std::uint8_t shard = 0; shard < kShards; ++shard) record.sections[renaming.shards[shard]] = state.tail[i].sections[shard];
      next.tail[placed++] = record;
    }
  }
  return next;
}

Symmetry::Signatures Symmetry::signatures(const State& state, std::uint8_t first) const {
  Signatures signatures{};
  for (std::uint8_t instance = 0; instance < kInstances; ++instance) {
    const Instance& self = state.instances[instance];
    std::uint64_t& digits = signatures[instance];
    const auto add = [&](unsigned digit) { digits = digits << 4U | digit; };
    add(self.up);
    add(self.informed);
    add(self.renewed);
    add(self.producer);
    add(self.sending);
    add(static_cast<unsigned>(self.acquiring));
    for (const TransactionalId& id : state.ids[rules_.bounds.slot_of[instance]]) add((id.holder == instance ? 2U : 0U) + id.end_underway);
    for (std::uint8_t i = 0; i < kShards; ++i) {
      const std::uint8_t shard = first ^ i;
      add(static_cast<unsigned>(self.work[shard].stage));
      add((state.assigned[shard] == instance ? 4U : 0U) + self.work[shard].fenced);
    }
  }
  return signatures;
}

State Symmetry::canonical(const State& state) const {
  State plain = state;
  forget_what_cannot_matter(plain, rules_);
  for (std::uint8_t shard = 0; shard < kShards; ++shard) renumber(plain, shard);
  const std::array<Signatures, kShards> by_first = {signatures(plain, 0), signatures(plain, 1)};
  const auto is_in_order = [&](const Renaming& renaming) {
    const Signatures& old_order = by_first[renaming.shards[0]];
    Signatures new_order{};
    for (std::uint8_t instance = 0; instance < kInstances; ++instance) new_order[renaming.instances[instance]] = old_order[instance];
    return std::is_sorted(new_order.begin(), new_order.begin() + rules_.bounds.instances);
  };
  std::optional<State> least;
  for (const Renaming& renaming : renamings_) {
    if (can_sort_ && !is_in_order(renaming)) continue;
    const State other = renamed(plain, renaming);
    if (!least || std::memcmp(&other, &*least, sizeof(State)) < 0) least = other;
  }
  return *least;
}

}  // namespace reckoner::protocol
