#include "operators/handing_on.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "engine/check.hpp"
#include "engine/key.hpp"
#include "operators/lending.hpp"

namespace reckoner {

namespace {

bool lends(const Plan& plan, std::size_t kind) {
  const std::vector<LentFact> lent = lent_facts(plan);
  return std::any_of(lent.begin(), lent.end(), [&](const LentFact& fact) { return fact.key == kind; });
}

bool adds(const KeyPlan& key) {
  return std::any_of(key.rules.begin(), key.rules.end(), [](const RulePlan& rule) { return !rule.additions.empty(); });
}

InputId input_of_hop(const Plan& plan, std::uint32_t hop, std::size_t place) {
  const std::size_t inputs_of_hop = handed_on_inputs(plan).size() + (plan.added_lists.empty() ? 0 : 1);
  return static_cast<InputId>(read_inputs(plan) + (hop - 1) * inputs_of_hop + place);
}

InputId input_of_hop(const Plan& plan, std::uint32_t hop, InputId input) {
  if (hop == 0) return input;
  const std::vector<InputId> inputs = handed_on_inputs(plan);
  return input_of_hop(plan, hop, static_cast<std::size_t>(std::lower_bound(inputs.begin(), inputs.end(), input) - inputs.begin()));
}

// What key kinds in order of event time wait for, at earlier hops than this one.
void add_waiting(const Plan& plan, std::uint32_t hop, const std::function<bool(std::size_t)>& counts, WatermarkGroup& group) {
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    const KeyPlan& key = plan.keys[kind];
    if (!key.ordered || key.derived || key.hop >= hop || !counts(kind)) continue;
    const WatermarkGroup waits = timing_group(plan, kind);
    group.insert(group.end(), waits.begin(), waits.end());
  }
}

void sort_once(WatermarkGroup& group) {
  std::sort(group.begin(), group.end());
  group.erase(std::unique(group.begin(), group.end()), group.end());
}

// Hop of what tells cycles; 0 = it is where records are read, or there is none.
std::uint32_t hop_of_cycles(const Plan& plan) {
  std::uint32_t hop = 0;
  for (const InputPlan& input : plan.inputs) hop = input.cycle ? std::max(hop, input.cycle->hop) : hop;
  return hop;
}

bool is_of_ordered(const Plan& plan, std::uint32_t hop) {
  return hop != hop_of_cycles(plan) &&
         std::all_of(plan.keys.begin(), plan.keys.end(), [&](const KeyPlan& key) { return key.hop != hop || key.ordered; });
}

}  // namespace

const std::vector<std::string>& driver_key(const Plan& plan) {
  const std::vector<std::string>& declared = plan.inputs.front().declared_key;
  return declared.empty() ? plan.keys.front().by : declared;
}

// A record visits lenders one after the other, each with a hop of its own, so that what they lend comes together.
void set_hops(Plan& plan) {
  const std::vector<std::string>& own = driver_key(plan);
  std::vector<std::size_t> kinds(plan.keys.size());
  std::iota(kinds.begin(), kinds.end(), std::size_t{0});
  std::stable_sort(kinds.begin(), kinds.end(), [&](std::size_t left, std::size_t right) { return plan.keys[left].level < plan.keys[right].level; });
  std::uint32_t last_lender[2] = {};
  for (InputPlan& input : plan.inputs) {
    if (input.cycle) input.cycle->hop = 1;
  }
  std::uint32_t last_as_they_come = hop_of_cycles(plan);
  for (const std::size_t kind : kinds) {
    KeyPlan& key = plan.keys[kind];
    key.hop = !key.derived && key.by != own ? 1 : 0;
    if (key.derived) continue;
    for (const FactPlan& fact : key.facts) {
      if (fact.kind != FactKind::kBorrowed) continue;
      RECKONER_CHECK(plan.keys[fact.lender].ordered == key.ordered, "fact {} is borrowed of another evaluation", fact.name);
      key.hop = std::max(key.hop, plan.keys[fact.lender].hop + 1);
    }
    for (const KeyPlan& other : plan.keys) {
      if (!other.derived && other.ordered == key.ordered && other.stage < key.stage) key.hop = std::max(key.hop, other.hop + 1);
    }
    if (key.hop > 0 && lends(plan, kind)) {
      std::uint32_t& last = last_lender[key.ordered ? 1 : 0];
      key.hop = last = std::max(key.hop, last + 1);
    }
    if (!key.ordered) last_as_they_come = std::max(last_as_they_come, key.hop);
  }
  if (lent_facts(plan).empty() && plan.added_lists.empty()) return;
  for (KeyPlan& key : plan.keys) key.hop += key.ordered && key.hop > 0 ? last_as_they_come : 0;
}

std::vector<InputId> handed_on_inputs(const Plan& plan) {
  std::vector<InputId> inputs;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    const KeyPlan& key = plan.keys[kind];
    if (key.hop == 0 && (key.derived || !adds(key) || hops_before(plan).empty())) continue;
    for (const InputId input : looked_at_inputs(plan, kind)) inputs.push_back(input);
  }
  for (const InputPlan& input : plan.inputs) {
    if (input.cycle && input.cycle->hop > 0) inputs.push_back(input.cycle->input);
  }
  std::sort(inputs.begin(), inputs.end());
  inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
  return inputs;
}

std::vector<std::uint32_t> hops_before(const Plan& plan) {
  std::vector<std::uint32_t> before(hop_of_cycles(plan));
  std::uint32_t first_in_order = ~std::uint32_t{0};
  for (const KeyPlan& key : plan.keys) {
    before.resize(std::max<std::size_t>(before.size(), key.hop));
    if (key.ordered && key.hop > 0) first_in_order = std::min(first_in_order, key.hop);
  }
  for (std::uint32_t hop = 1; hop <= before.size(); ++hop) before[hop - 1] = hop == first_in_order ? 0 : hop - 1;
  return before;
}

InputId watermark_input(const Plan& plan, const KeyPlan& key, InputId input) { return input_of_hop(plan, key.hop, input); }

WatermarkGroup handed_on_watermarks(const Plan& plan) {
  WatermarkGroup group;
  const std::vector<InputId> inputs = handed_on_inputs(plan);
  for (std::uint32_t hop = 1; hop <= hops_before(plan).size(); ++hop) {
    for (const InputId input : inputs) group.push_back(input_of_hop(plan, hop, input));
  }
  return group;
}

std::size_t kind_of_cycles(const Plan& plan, InputId cycles) {
  const auto begin = plan.inputs.begin();
  return plan.keys.size() +
         static_cast<std::size_t>(std::count_if(begin, begin + cycles, [](const InputPlan& input) { return input.cycle.has_value(); }));
}

InputId watermark_input_of_lists(const Plan& plan, std::uint32_t hop) { return input_of_hop(plan, hop, handed_on_inputs(plan).size()); }

// What comes with the hop before, and what waits for its turn in order of event time before it goes on: a later hop is never ahead of an earlier one.
WatermarkGroup setting_out(const Plan& plan, std::uint32_t hop, InputId input) {
  WatermarkGroup group = {input_of_hop(plan, hops_before(plan)[hop - 1], input)};
  if (is_of_ordered(plan, hop)) add_waiting(plan, hop, [&](std::size_t kind) { return lends(plan, kind); }, group);
  sort_once(group);
  return group;
}

// Whatever key kinds look at whose rules add to lists, before.
WatermarkGroup setting_out_for_lists(const Plan& plan, std::uint32_t hop) {
  WatermarkGroup group;
  const bool ordered = is_of_ordered(plan, hop);
  for (std::size_t kind = 0; kind < plan.keys.size() && !ordered; ++kind) {
    const KeyPlan& key = plan.keys[kind];
    if (key.ordered || key.derived || key.hop >= hop || !adds(key)) continue;
    for (const InputId input : looked_at_inputs(plan, kind)) group.push_back(watermark_input(plan, key, input));
  }
  if (ordered) add_waiting(plan, hop, [&](std::size_t kind) { return adds(plan.keys[kind]); }, group);
  if (group.empty()) return setting_out(plan, hop, handed_on_inputs(plan).front());  // nobody there asks
  sort_once(group);
  return group;
}

bool hands_on_in_order(const Plan& plan, std::size_t key_kind) {
  const KeyPlan& key = plan.keys[key_kind];
  return key.ordered && !hops_before(plan).empty() && (lends(plan, key_kind) || adds(key));
}

std::unique_ptr<Exchange> build_exchange(const Plan& plan, std::uint32_t shard, std::uint32_t shards, std::int64_t tell_every_ms) {
  ExchangePlan exchange;
  exchange.shard = shard;
  exchange.shards = shards;
  exchange.before = hops_before(plan);
  exchange.inputs = handed_on_inputs(plan);
  exchange.tell_every_ms = tell_every_ms;
  if (exchange.inputs.empty()) return nullptr;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind)
    exchange.kinds.push_back({plan.keys[kind].hop, plan.keys[kind].ordered, looked_at_inputs(plan, kind), lending_inputs(plan, kind), std::nullopt});
  for (const InputPlan& input : plan.inputs) {
    if (!input.cycle) continue;
    HandedKind& kind = exchange.kinds.emplace_back(HandedKind{input.cycle->hop, false, {input.cycle->input}, {}, std::nullopt});
    kind.gathered_at = shard_of(hash_key(input.schema.input), shards);
  }
  exchange.lists = !plan.added_lists.empty();
  for (const KeyPlan& key : plan.keys) {
    if (key.stage > 0 && std::find(exchange.asked_at.begin(), exchange.asked_at.end(), key.hop) == exchange.asked_at.end())
      exchange.asked_at.push_back(key.hop);
  }
  const std::vector<WatermarkGroup> groups = watermark_groups(plan);
  for (std::uint32_t hop = 1; hop <= exchange.before.size(); ++hop) {
    std::vector<std::size_t>& of_hop = exchange.groups.emplace_back();
    for (const InputId input : exchange.inputs) of_hop.push_back(place_of(groups, setting_out(plan, hop, input)));
    if (exchange.lists) of_hop.push_back(place_of(groups, setting_out_for_lists(plan, hop)));
  }
  for (const LentFact& fact : lent_facts(plan)) exchange.lent_text.push_back(plan.keys[fact.key].facts[fact.fact].type.kind == ValueKind::kString);
  return std::make_unique<Exchange>(std::move(exchange));
}

}  // namespace reckoner
