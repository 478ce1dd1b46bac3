// In a job whose shards meet in topics alone, which key kinds have their records handed on to the shards that own their keys.
#pragma once

#include <memory>
#include <vector>

#include "engine/exchange.hpp"
#include "engine/reader.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// The key by which the records of all inputs lie in partitions: that of the first input.
[[nodiscard]] const std::vector<std::string>& driver_key(const Plan& plan);

// Marks the key kinds by another key than that.
void mark_handed_on(Plan& plan);

// Inputs that marked key kinds look at, ascending; empty = nothing is handed on.
[[nodiscard]] std::vector<InputId> handed_on_inputs(const Plan& plan);

// The number under which the reader has the watermark of the records of `input` that a key kind looks at.
[[nodiscard]] InputId watermark_input(const Plan& plan, const KeyPlan& key, InputId input);

// Null when nothing is handed on. `shard` of `shards`.
[[nodiscard]] std::unique_ptr<Exchange> build_exchange(const Plan& plan, std::uint32_t shard, std::uint32_t shards, std::int64_t tell_every_ms);

}  // namespace reckoner
