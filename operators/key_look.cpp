#include "operators/key_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/check.hpp"
#include "engine/key.hpp"
#include "operators/unknown_reasons.hpp"

namespace reckoner {

namespace {

// A batch of one timer row.
struct TimerRow {
  std::array<std::uint32_t, kBatchRows> key{};
  std::array<std::byte*, kBatchRows> record{};
  std::array<std::int64_t, kBatchRows> time{};
  std::array<std::int64_t, kBatchRows> watermark{};
  std::array<std::uint64_t, kBatchRows> place{};  // sequence and position: none
  std::array<std::int64_t, kBatchRows> no_cells{};
  std::vector<const std::int64_t*> watermarks;
  std::vector<const std::int64_t*> numbers;
  std::vector<Mask> present;
  std::vector<Mask> of_input;

  Batch batch(const KeySpaceShape& shape, std::uint32_t rows) {
    watermarks.assign(shape.watermark_groups.size(), watermark.data());
    numbers.assign(shape.columns.size(), no_cells.data());
    present.assign(shape.columns.size(), {});
    of_input.assign(shape.inputs, {});
    Batch made;
    made.number = ~rows;  // no batch of records gets so far
    made.rows = rows;
    made.timers = true;
    made.event_time = time.data();
    made.watermark = watermarks;
    made.sequence = place.data();
    made.position = place.data();
    made.key = key.data();
    made.record = record.data();
    made.of_input = of_input;
    made.numbers = numbers;
    made.present = present;
    return made;
  }
};

std::string why_unknown(const BuiltKeySpace& built, const FactPlan& plan, std::uint32_t fact) {
  for (const SlidingOperator* window : built.windows) {
    if (!window->holds(fact)) continue;
    if (window->too_old().test(0)) return "the time is older than facts can be asked about";
    if (window->truncated(fact).test(0)) return "the key has more entries in this window than max_per_key keeps";
    if (plan.kind == FactKind::kSum) return "the sum does not fit";
    return "no record in the window";
  }
  return "no record of this key matches";
}

FactLook look_at_first_sights(const BuiltKeySpace& built, std::uint32_t fact, const std::byte* record, std::int64_t at_ms) {
  const auto sights = std::find_if(built.first_sights.begin(), built.first_sights.end(), [&](const auto* op) { return op->fact() == fact; });
  RECKONER_CHECK(sights != built.first_sights.end(), "no operator keeps fact {}", fact);
  const std::uint32_t remembered = (*sights)->remembered(record, at_ms);
  if (remembered == 0) return {false, "no value is remembered"};
  return {true, fmt::format("{} {} remembered, any other is first seen", remembered, remembered == 1 ? "value is" : "values are")};
}

FactLook look_at_whereabouts(const BuiltKeySpace& built, std::uint32_t fact, const std::byte* record) {
  const auto sequence = std::find_if(built.sequences.begin(), built.sequences.end(), [&](const auto* op) { return op->fact() == fact; });
  RECKONER_CHECK(sequence != built.sequences.end(), "no operator keeps fact {}", fact);
  const auto last = (*sequence)->whereabouts(record);
  if (!last) return {false, "no located record was read"};
  ValueType degrees;
  degrees.kind = ValueKind::kDecimal;
  degrees.scale = kDegreeScale;
  return {true, fmt::format("last at {}, {} at {}", to_text(degrees, last->latitude), to_text(degrees, last->longitude), time_text(last->time_ms))};
}

}  // namespace

FactLook look_at_fact(const KeyPlan& key, const BuiltKeySpace& built, const KeySpace& space, std::uint32_t fact, std::string_view key_text,
                      std::int64_t at_ms, std::int64_t watermark_ms) {
  RECKONER_CHECK(fact < key.facts.size(), "fact {} of {}", fact, key.facts.size());
  const FactPlan& plan = key.facts[fact];
  const std::uint32_t index = space.table().find(hash_key(key_text), key_text);
  if (index == KeyTable::kAbsent) return {false, "no record of this key was read"};
  if (plan.kind == FactKind::kFirstSeen) return look_at_first_sights(built, fact, space.table().record(index), at_ms);
  if (plan.kind == FactKind::kGeoSpeed) return look_at_whereabouts(built, fact, space.table().record(index));
  TimerRow row;
  row.key[0] = index;
  row.record[0] = space.table().record(index);
  row.time[0] = at_ms;
  row.watermark[0] = watermark_ms;
  Features features(space.shape().features);
  Outputs rows(true);
  Effects effects;
  effects.outputs = &rows;
  // An empty batch first, so that nothing is taken for computed already when one replica is asked twice.
  for (const std::uint32_t count : {0U, 1U}) {
    const Batch batch = row.batch(space.shape(), count);
    features.clear();
    for (const auto& op : space.operators()) op->process(batch, features, effects);
  }
  if (!features.known(fact).test(0)) return {false, why_unknown(built, plan, fact)};
  const std::int64_t cell = features.column(fact)[0];
  return {true, plan.type.kind == ValueKind::kString ? std::string(features.text(cell)) : to_text(plan.type, cell)};
}

}  // namespace reckoner
