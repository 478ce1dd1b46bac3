// What brokers do: transactional ids, open transactions, markers, and the log that a reader at read_committed gets.
#pragma once

#include <array>
#include <cstdint>

#include "protocol/rules.hpp"
#include "protocol/state.hpp"

namespace reckoner::protocol {

using Sections = std::array<Section, kShards>;

// The id of `instance`'s producer number `producer`.
[[nodiscard]] TransactionalId& id_of(State& state, const Rules& rules, std::uint8_t instance, std::uint8_t producer);
// Whether the broker still takes what that producer sends: nobody has initialised its id since.
[[nodiscard]] bool is_current(const State& state, const Rules& rules, std::uint8_t instance, std::uint8_t producer);

// Whether the log has room for a record of these sections in the model's bound.
[[nodiscard]] bool has_room(const State& state, const Rules& rules, const Sections& sections);
// Appends a record in an open transaction to each partition that a section belongs to.
void append(State& state, const Rules& rules, std::uint8_t instance, const Sections& sections);

[[nodiscard]] bool has_open_transaction(const State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer);
// The commit is taken: nothing can abort the transaction any more, and its markers will be written.
void decide_commit(State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer);
void abort_transaction(State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer);
// The marker of the record at `index`, after which readers go on as far as they can.
void write_marker(State& state, const Rules& rules, std::uint8_t index);

// Of every record whose commit is decided.
void write_all_markers(State& state, const Rules& rules);

// Whether the id's last committed transaction has all of its markers. Its next transaction, and init_transactions, wait for that.
[[nodiscard]] bool is_idle(const State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer);
// init_transactions: ends what the id has open, and from now on refuses what was sent under it before.
void initialise(State& state, const Rules& rules, std::uint8_t slot, std::uint8_t producer, std::uint8_t holder);

// What reading a shard's log to its end finds.
[[nodiscard]] History read_to_end(const State& state, const Rules& rules, std::uint8_t shard);

}  // namespace reckoner::protocol
