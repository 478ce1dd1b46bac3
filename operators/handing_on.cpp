#include "operators/handing_on.hpp"

#include <algorithm>

#include "operators/build.hpp"

namespace reckoner {

const std::vector<std::string>& driver_key(const Plan& plan) {
  const std::vector<std::string>& declared = plan.inputs.front().declared_key;
  return declared.empty() ? plan.keys.front().by : declared;
}

void mark_handed_on(Plan& plan) {
  const std::vector<std::string>& own = driver_key(plan);
  for (KeyPlan& key : plan.keys) key.handed_on = !key.derived && key.by != own;
}

std::vector<InputId> handed_on_inputs(const Plan& plan) {
  std::vector<InputId> inputs;
  for (std::size_t input = 0; input < read_inputs(plan); ++input) {
    const auto looks_at = [&](const KeyPlan& key) { return key.handed_on && !key.fields[input].empty(); };
    if (std::any_of(plan.keys.begin(), plan.keys.end(), looks_at)) inputs.push_back(static_cast<InputId>(input));
  }
  return inputs;
}

InputId watermark_input(const Plan& plan, const KeyPlan& key, InputId input) {
  if (!key.handed_on) return input;
  const std::vector<InputId> inputs = handed_on_inputs(plan);
  const auto place = std::lower_bound(inputs.begin(), inputs.end(), input) - inputs.begin();
  return static_cast<InputId>(read_inputs(plan) + static_cast<std::size_t>(place));
}

std::unique_ptr<Exchange> build_exchange(const Plan& plan, std::uint32_t shard, std::uint32_t shards, std::int64_t tell_every_ms) {
  ExchangePlan exchange;
  exchange.shard = shard;
  exchange.shards = shards;
  exchange.inputs = handed_on_inputs(plan);
  exchange.tell_every_ms = tell_every_ms;
  if (exchange.inputs.empty()) return nullptr;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    if (plan.keys[kind].handed_on) exchange.key_kinds = static_cast<std::uint16_t>(exchange.key_kinds | 1U << kind);
  }
  const std::vector<WatermarkGroup> groups = watermark_groups(plan);
  for (const InputId input : exchange.inputs)
    exchange.groups.push_back(static_cast<std::size_t>(std::find(groups.begin(), groups.end(), WatermarkGroup{input}) - groups.begin()));
  return std::make_unique<Exchange>(std::move(exchange));
}

}  // namespace reckoner
