// What is usual, against the slow and obvious way: each fact at each record is worked out here from all records read so far, over random small
// streams with ties, disorder and missing values.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan_run.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {
namespace {

constexpr std::uint32_t kKey = 1;
constexpr std::uint32_t kKind = 2;
constexpr std::uint32_t kValue = 3;
constexpr std::int64_t kBucket = 20;
constexpr std::int64_t kBuckets = 3;

struct World {
  std::int64_t within = 0;
  std::int64_t bound = 0;
  std::uint32_t percent = 50;
  std::uint32_t samples = 1;
  bool exclude_current = false;
  std::vector<Event> events;
};

FactPlan spread_fact(const World& world, FactKind kind) {
  FactPlan fact = fact_of(kind, 0, kValue, ValueKind::kInteger, world.within);
  fact.percent = world.percent;
  fact.min_samples = world.samples;
  fact.exclude_current = world.exclude_current;
  return fact;
}

// f0 deviation, f1 percentile, f2 median, f3 mode, f4 z-score, f5 robust z-score, f6 count of those like the current, f7 their sum, f8 baseline
Plan plan_of(const World& world) {
  Plan plan;
  InputPlan input;
  input.schema.input = "events";
  input.schema.fields = {field_of("at", ValueKind::kTime), field_of("key", ValueKind::kString), field_of("kind", ValueKind::kInteger),
                         field_of("value", ValueKind::kInteger)};
  input.out_of_orderness_ms = world.bound;
  plan.inputs = {std::move(input)};
  KeyPlan key;
  key.by = {"key"};
  key.fields = {{kKey}};
  for (const FactKind kind :
       {FactKind::kStandardDeviation, FactKind::kPercentile, FactKind::kMedian, FactKind::kMode, FactKind::kZScore, FactKind::kRobustZScore}) {
    key.facts.push_back(spread_fact(world, kind));
    if (kind == FactKind::kZScore || kind == FactKind::kRobustZScore) key.facts.back().exclude_current = true;
  }
  for (const FactKind kind : {FactKind::kCount, FactKind::kSum}) {
    FactPlan fact = spread_fact(world, kind);
    fact.kept.push_back({0, BoundValue::kLast, kKind, type_of(ValueKind::kInteger)});
    fact.like = apply(Operation::kEqual, ValueKind::kBool,
                      {leaf(Operation::kField, type_of(ValueKind::kInteger), kKind), leaf(Operation::kBound, type_of(ValueKind::kInteger), 0)});
    key.facts.push_back(std::move(fact));
  }
  FactPlan baseline = fact_of(FactKind::kBaseline, 0, kValue, ValueKind::kInteger, kBucket * kBuckets);
  baseline.measured = FactKind::kSum;
  baseline.bucket_ms = kBucket;
  baseline.min_samples = world.samples;
  key.facts.push_back(std::move(baseline));
  key.rules.push_back(show_facts(key, 0));
  plan.keys = {std::move(key)};
  return plan;
}

// ---- the slow way --------------------------------------------------------------------------------------------------------------------------

using Value = std::optional<std::int64_t>;

Int128 rounded(Int128 above, Int128 below) {
  const bool negative = (above < 0) != (below < 0);
  const Int128 size = ((above < 0 ? -above : above) * 2 + (below < 0 ? -below : below)) / ((below < 0 ? -below : below) * 2);
  return negative ? -size : size;
}

// The root of above / below in ten thousandths: the nearest whole number, found by trying.
std::int64_t rounded_root(Int128 above, Int128 below) {
  auto found = static_cast<std::int64_t>(std::sqrt(static_cast<double>(above) / static_cast<double>(below)) * 10'000);
  const auto reaches = [&](std::int64_t half) { return Int128{half} * half * below <= above * 4 * 100'000'000; };  // half a step
  while (reaches(2 * found + 1)) ++found;
  while (found > 0 && !reaches(2 * found - 1)) --found;
  return found;
}

Value deviation(const std::vector<std::int64_t>& values) {
  const auto n = static_cast<std::int64_t>(values.size());
  if (n < 2) return std::nullopt;
  Int128 scatter = 0;  // n * sum of squared distances from the mean, by pairs
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) scatter += Int128{values[i] - values[j]} * (values[i] - values[j]);
  }
  return rounded_root(scatter, Int128{n} * (n - 1));
}

Int128 middle_twice(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  return Int128{values[(values.size() - 1) / 2]} + values[values.size() / 2];
}

Value z_of(std::int64_t value, const std::vector<std::int64_t>& values) {
  const auto n = static_cast<std::int64_t>(values.size());
  Int128 scatter = 0;
  Int128 sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    for (std::size_t j = 0; j < i; ++j) scatter += Int128{values[i] - values[j]} * (values[i] - values[j]);
  }
  if (n < 2 || scatter == 0) return std::nullopt;
  const Int128 distance = Int128{value} * n - sum;
  const std::int64_t size = rounded_root(distance * distance * (n - 1), scatter * n);
  return distance < 0 ? -size : size;
}

Value robust_of(std::int64_t value, const std::vector<std::int64_t>& values) {
  if (values.empty()) return std::nullopt;
  const Int128 middle = middle_twice(values);
  std::vector<std::int64_t> distances;
  for (const std::int64_t one : values)
    distances.push_back(static_cast<std::int64_t>(Int128{one} * 2 > middle ? Int128{one} * 2 - middle : middle - Int128{one} * 2));
  const Int128 spread = middle_twice(distances);
  if (spread == 0) return std::nullopt;
  return static_cast<std::int64_t>(rounded((Int128{value} * 4 - middle * 2) * 100'000'000, spread * 14'826));
}

struct Slow {
  const World& world;
  std::vector<const Event*> read;  // of the key, the one at hand last
  std::int64_t watermark;

  [[nodiscard]] const Event& now() const { return *read.back(); }
  // Records in the window, in the order in which they were read.
  [[nodiscard]] std::vector<const Event*> window(bool without_current) const {
    std::vector<const Event*> found;
    for (const Event* event : read) {
      if (without_current && event == &now()) continue;
      if (event->time() > now().time() - world.within && event->time() <= now().time()) found.push_back(event);
    }
    return found;
  }
  [[nodiscard]] std::vector<std::int64_t> values(bool without_current) const {
    std::vector<std::int64_t> found;
    for (const Event* event : window(without_current)) {
      if (event->has(kValue)) found.push_back(event->number(kValue));
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  [[nodiscard]] std::vector<Value> answers() const {
    const std::vector<std::int64_t> all = values(world.exclude_current);
    const std::vector<std::int64_t> others = values(true);
    std::vector<Value> found(9);
    if (now().time() < watermark - world.bound) return found;
    if (!all.empty() && all.size() >= world.samples) {
      found[0] = deviation(all);
      found[1] = *std::find_if(all.begin(), all.end(), [&](std::int64_t value) {
        return std::count_if(all.begin(), all.end(), [&](std::int64_t one) { return one <= value; }) * 100 >=
               static_cast<std::int64_t>(all.size()) * world.percent;
      });
      found[2] = static_cast<std::int64_t>(middle_twice(all) * 5000);
      const auto times = [&](std::int64_t value) { return std::count(all.begin(), all.end(), value); };
      found[3] = *std::max_element(all.begin(), all.end(), [&](std::int64_t left, std::int64_t right) { return times(left) < times(right); });
    }
    if (now().has(kValue) && others.size() >= world.samples) {
      found[4] = z_of(now().number(kValue), others);
      found[5] = robust_of(now().number(kValue), others);
    }
    found[6] = found[7] = 0;
    for (const Event* event : window(world.exclude_current)) {
      if (!event->has(kKind) || !now().has(kKind) || event->number(kKind) != now().number(kKind)) continue;
      ++*found[6];
      if (event->has(kValue)) *found[7] += event->number(kValue);
    }
    found[8] = usual();
    return found;
  }
  [[nodiscard]] Value usual() const {
    std::map<std::int64_t, std::int64_t> sums;  // times are positive
    const std::int64_t own = now().time() / kBucket;
    for (const Event* event : read) {
      const std::int64_t bucket = event->time() / kBucket;
      if (event != &now() && event->has(kValue) && bucket < own && bucket >= own - kBuckets) sums[bucket] += event->number(kValue);
    }
    if (sums.empty() || sums.size() < world.samples) return std::nullopt;
    Int128 sum = 0;
    for (const auto& [bucket, value] : sums) sum += value;
    return static_cast<std::int64_t>(rounded(sum * 10'000, static_cast<std::int64_t>(sums.size())));
  }
};

World random_world(std::uint64_t seed) {
  Random random{seed};
  World world;
  world.within = 1 + random(80);
  world.bound = random(3) * 10;
  world.percent = static_cast<std::uint32_t>(1 + random(100));
  world.samples = static_cast<std::uint32_t>(1 + random(4));
  world.exclude_current = random(2) == 0;
  std::int64_t now = 1000;
  for (std::int64_t i = 0; i < 20 + random(60); ++i) {
    now += random(3) == 0 ? 0 : random(9);
    Event event{0, {now - random(2) * random(world.bound + 15), std::string(random(4) == 0 ? "b" : "a"), random(3), random(21) - 10}};
    if (random(8) == 0) event.cells[kKind] = std::monostate{};
    if (random(6) == 0) event.cells[kValue] = std::monostate{};
    world.events.push_back(std::move(event));
  }
  return world;
}

}  // namespace

TEST_CASE("what is usual is what looking at all records says") {
  std::size_t known = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    const World world = random_world(seed);
    const std::vector<std::string> rows = rows_of(plan_of(world), world.events, OutputId::kAlerts);
    REQUIRE(rows.size() == world.events.size());
    std::int64_t high = kNoWatermark;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Slow slow{world, {}, high == kNoWatermark ? kNoWatermark : high - world.bound};
      for (std::size_t j = 0; j <= i; ++j) {
        if (world.events[j].text(kKey) == world.events[i].text(kKey)) slow.read.push_back(&world.events[j]);
      }
      high = std::max(high, world.events[i].time());
      const std::vector<Value> answers = slow.answers();
      for (std::size_t fact = 0; fact < answers.size(); ++fact) {
        const bool counts = fact == 6 || fact == 7;
        if (counts && slow.now().time() < slow.watermark - world.bound) continue;
        INFO("record " << i << " fact " << fact);
        REQUIRE(value_in(rows[i], "f" + std::to_string(fact)) == (answers[fact] ? std::to_string(*answers[fact]) : "null"));
        known += answers[fact] ? 1U : 0U;
      }
    }
  }
  CHECK(known > 20'000);
}

}  // namespace reckoner::testing
