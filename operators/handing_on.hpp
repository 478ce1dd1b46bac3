// In a job whose shards meet in topics alone, which key kinds have their records handed on to the shards that own their keys, and at which hop of a
// record's way (engine/exchange.hpp).
#pragma once

#include <memory>
#include <vector>

#include "engine/exchange.hpp"
#include "engine/reader.hpp"
#include "operators/build.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// The key by which the records of all inputs lie in partitions: that of the first input.
[[nodiscard]] const std::vector<std::string>& driver_key(const Plan& plan);

// Gives each key kind its hop: 0 for those of that key, else one behind all that lend to it or add to lists that it asks. Where some do, those in order of
// event time have hops of their own, behind the others'. Transfers of which cycles are told take the first hop.
void set_hops(Plan& plan);

// Inputs that key kinds behind a hop look at, and cycles, and those whose rules add to lists, ascending; empty = nothing is handed on.
[[nodiscard]] std::vector<InputId> handed_on_inputs(const Plan& plan);
// For each hop, from 1 on, the one that records come from to it; 0 = they come from where they are read.
[[nodiscard]] std::vector<std::uint32_t> hops_before(const Plan& plan);

// The number under which the reader has the watermark of the records of `input` that a key kind looks at.
[[nodiscard]] InputId watermark_input(const Plan& plan, const KeyPlan& key, InputId input);

// Those of all that is handed on, at any hop.
[[nodiscard]] WatermarkGroup handed_on_watermarks(const Plan& plan);

// The key kind, behind those of keys, that records for the cycles of this input are handed on to.
[[nodiscard]] std::size_t kind_of_cycles(const Plan& plan, InputId cycles);

// The number under which it has that of what is put into lists which key kinds of a hop ask.
[[nodiscard]] InputId watermark_input_of_lists(const Plan& plan, std::uint32_t hop);

// Of all that may still set out on a hop with a record of the input, or for lists, numbered as the reader does.
[[nodiscard]] WatermarkGroup setting_out(const Plan& plan, std::uint32_t hop, InputId input);
[[nodiscard]] WatermarkGroup setting_out_for_lists(const Plan& plan, std::uint32_t hop);

// Whether something of a key kind in order of event time goes on to another hop.
[[nodiscard]] bool hands_on_in_order(const Plan& plan, std::size_t key_kind);

// Null when nothing is handed on. `shard` of `shards`.
[[nodiscard]] std::unique_ptr<Exchange> build_exchange(const Plan& plan, std::uint32_t shard, std::uint32_t shards, std::int64_t tell_every_ms);

}  // namespace reckoner
