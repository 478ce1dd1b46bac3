// How an instance comes to own a shard, and loses it, in its own memory.
#pragma once

#include <cstdint>

#include "protocol/rules.hpp"
#include "protocol/state.hpp"

namespace reckoner::protocol {

// The takeover `id` was read back as valid: the state is restored, and work begins.
void go_live(State& state, const Rules& rules, std::uint8_t instance, std::uint8_t shard, SectionId id);

// After a lost answer or a fenced producer: what is uncommitted is dropped, the producers are given up, and every shard is to be acquired anew.
// What the instance knows to have fenced already stays known.
void drop_work(State& state, const Rules& rules, std::uint8_t instance);

// Whether the instance may begin a transaction: all of its producers are initialised, none has one open, and the one whose turn it is has
// its last one behind it.
[[nodiscard]] bool can_send(const State& state, const Rules& rules, std::uint8_t instance);
// Begins a transaction on the producer whose turn it is. False when that was fenced: then the work is dropped.
[[nodiscard]] bool begin_transaction(State& state, const Rules& rules, std::uint8_t instance);

// The shard is not this instance's any more.
void leave(Work& work);
// Whether it matters to the instance what the group assigns to whom: it has a shard, or should have.
[[nodiscard]] bool is_concerned(const State& state, std::uint8_t instance);
[[nodiscard]] bool has_shards(const Instance& self);
// An instance without shards keeps no producers.
void give_up_idle_producers(Instance& self);
// The next shard that is being acquired and has a producer to be fenced, or kShards.
[[nodiscard]] std::uint8_t next_to_fence(const Instance& self);
// Shards may leave while they are being acquired, the last one or the last one whose producers were to be fenced.
void go_on_acquiring(Instance& self);

}  // namespace reckoner::protocol
