#include "operators/ordering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "operators/build.hpp"
#include "operators/handing_on.hpp"
#include "operators/key_columns.hpp"

namespace reckoner {

namespace {

// Lenders and borrowers of a key kind; where rules add to lists, all that is in order of event time. Where something is handed on in order, those at one hop.
KindSet neighbours(const Plan& plan, std::size_t key_kind) {
  KindSet set = 0;
  const auto add = [&](std::size_t kind) { set = static_cast<KindSet>(set | 1U << kind); };
  bool by_hop = false;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) by_hop = by_hop || hands_on_in_order(plan, kind);
  for (std::size_t kind = 0; kind < plan.keys.size() && plan.keys[key_kind].ordered && (by_hop || !plan.added_lists.empty()); ++kind) {
    if (plan.keys[kind].ordered && (!by_hop || plan.keys[kind].hop == plan.keys[key_kind].hop)) add(kind);
  }
  if (by_hop) return set;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    for (const FactPlan& fact : plan.keys[kind].facts) {
      if (fact.kind != FactKind::kBorrowed) continue;
      if (kind == key_kind) add(fact.lender);
      if (fact.lender == key_kind) add(kind);
    }
  }
  return set;
}

}  // namespace

KindSet order_of(const Plan& plan, std::size_t key_kind) {
  auto order = static_cast<KindSet>(1U << key_kind);
  for (KindSet before = 0; std::exchange(before, order) != order;) {
    for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
      if ((order >> kind & 1U) != 0) order = static_cast<KindSet>(order | neighbours(plan, kind));
    }
  }
  return order;
}

std::vector<KindSet> orders_of(const Plan& plan) {
  std::vector<KindSet> orders;
  KindSet seen = 0;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    if (!plan.keys[kind].ordered || (seen >> kind & 1U) != 0) continue;
    orders.push_back(order_of(plan, kind));
    seen = static_cast<KindSet>(seen | orders.back());
  }
  return orders;
}

std::unique_ptr<EventTimeOrder> build_event_time_order(const Plan& plan, std::uint64_t waiting_max) {
  std::vector<OrderedLane> lanes;
  for (const KindSet order : orders_of(plan)) {
    const auto first = static_cast<std::size_t>(std::countr_zero(order));
    lanes.push_back({order, watermark_group_of(plan, first), timing_inputs(plan, first), plan.keys[first].hop, false});
    for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
      if ((order >> kind & 1U) != 0 && hands_on_in_order(plan, kind)) lanes.back().hands_on = true;
    }
  }
  if (lanes.empty()) return nullptr;
  return std::make_unique<EventTimeOrder>(std::move(lanes), plan.keys.size(), waiting_max);
}

WriteLate make_write_late(const Plan& plan) {
  std::vector<std::vector<std::string>> by;
  std::vector<Schema> schemas;
  by.reserve(plan.keys.size());
  schemas.reserve(plan.inputs.size());
  for (const KeyPlan& key : plan.keys) by.push_back(key.by);
  for (const InputPlan& input : plan.inputs) schemas.push_back(input.schema);
  return
      [by = std::move(by), schemas = std::move(schemas), version = fmt::format(",\"rule_set\":\"{}\",\"version\":{}", plan.rule_set, plan.version)](
          ByteBuffer& buffer, const Round& round, const EventTimeOrder::Late& late) {
        const KeyedBlock& block = round.block(late.row);
        const RecordBlock& records = block.records;
        const std::uint32_t at = round.rows[late.row].row;
        const Schema& schema = schemas[records.partition.input];
        RowWriter writer(buffer);
        writer.begin();
        writer.text("evaluation", "ordered");
        write_key(writer, by[late.key_kind], block.key(late.key_kind, at));
        if (schema.id && (records.present[at] >> *schema.id & 1U) != 0 && schema.fields[*schema.id].type.kind == ValueKind::kString)
          writer.text(schema.fields[*schema.id].name, records.string(*schema.id, at));
        writer.integer("event_time", round.event_time[late.row]);
        writer.integer("watermark", round.event_time[late.row] + late.by_ms);
        writer.integer("late_by_ms", late.by_ms);
        writer.text("reason", late.after_end ? "behind what an end of input let go" : "behind the watermark");
        writer.text("input", schema.input);
        writer.integer("partition", records.origin(at).partition);
        writer.integer("record", static_cast<std::int64_t>(records.record(at)));
        writer.verbatim(version);
        writer.end();
      };
}

}  // namespace reckoner
