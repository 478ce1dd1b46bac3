// Sequences, sets and absences against the slow and obvious way, over random small streams with ties, disorder and missing values. What is
// expected is worked out here from the records alone, by the definitions in docs/rules.md; nothing of the operators is used for it.
#include <algorithm>
#include <cstdint>
#include <functional>
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
constexpr std::int64_t kLongAgo = std::numeric_limits<std::int64_t>::min() / 8;

// Of a step's record against the value bound by the first step.
enum class Tie { kNone, kSame, kMore };
struct Step {
  InputId input = 0;
  std::int64_t kind = 0;
  std::int64_t at_least = 1;
  bool never = false;
  Tie tie = Tie::kNone;
};

struct World {
  FactKind kind = FactKind::kSequence;
  std::vector<Step> steps;
  AfterFire after = AfterFire::kRestart;
  std::int64_t within = 0;
  std::vector<std::int64_t> bounds;  // out of orderness, by input
  std::vector<Event> events;         // in reading order

  // The inputs that the plan reads: both, where rules show the facts at every record.
  [[nodiscard]] bool reads(InputId input) const {
    return kind != FactKind::kAbsence || std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return step.input == input; });
  }
  [[nodiscard]] std::int64_t slack() const { return std::max(reads(0) ? bounds[0] : 0, reads(1) ? bounds[1] : 0); }
  [[nodiscard]] std::int64_t watermark(const std::vector<std::int64_t>& high) const {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (InputId input = 0; input < 2; ++input) {
      if (reads(input)) least = std::min(least, high[input] - bounds[input]);
    }
    return least;
  }
};

Expression kind_is(const Step& step) {
  return apply(Operation::kEqual, ValueKind::kBool,
               {leaf(Operation::kField, type_of(ValueKind::kInteger), kKind, step.input), constant(ValueKind::kInteger, step.kind)});
}

Plan plan_of(const World& world) {
  Plan plan;
  KeyPlan key;
  key.by = {"key"};
  for (InputId input = 0; input < 2; ++input) {
    InputPlan made;
    made.schema.input = "input" + std::to_string(input);
    made.schema.fields = {field_of("at", ValueKind::kTime), field_of("key", ValueKind::kString), field_of("kind", ValueKind::kInteger),
                          field_of("value", ValueKind::kInteger)};
    made.out_of_orderness_ms = world.bounds[input];
    plan.inputs.push_back(std::move(made));
    key.fields.push_back({kKey});
  }
  FactPlan fact;
  fact.kind = world.kind;
  fact.within_ms = world.within;
  fact.pattern.emplace();
  fact.pattern->after_fire = world.after;
  fact.pattern->bindings.push_back({0, BoundValue::kLast, kValue, type_of(ValueKind::kInteger)});
  for (const Step& step : world.steps) {
    PatternStep made;
    made.input = step.input;
    made.where = kind_is(step);
    made.at_least = static_cast<std::uint32_t>(step.at_least);
    made.never = step.never;
    if (step.tie != Tie::kNone)
      made.bound = apply(
          step.tie == Tie::kSame ? Operation::kEqual : Operation::kGreater, ValueKind::kBool,
          {leaf(Operation::kField, type_of(ValueKind::kInteger), kValue, step.input), leaf(Operation::kBound, type_of(ValueKind::kInteger), 0)});
    fact.pattern->steps.push_back(std::move(made));
  }
  fact.input = world.kind == FactKind::kSequence ? world.steps.back().input : world.steps.front().input;
  FactPlan binding = fact_of(FactKind::kBinding, fact.input, 0, ValueKind::kInteger);
  key.facts = {std::move(fact), std::move(binding)};
  for (InputId input = 0; input < 2; ++input) key.rules.push_back(show_facts(key, input));
  if (world.kind == FactKind::kAbsence) {
    key.rules.erase(key.rules.begin(), key.rules.end());
    RulePlan rule = show_facts(key, world.steps[0].input);
    rule.verdicts = {0};
    rule.fire = leaf(Operation::kFact, type_of(ValueKind::kBool), 0);
    rule.facts = {0};
    key.rules.push_back(std::move(rule));
  }
  plan.keys = {std::move(key)};
  return plan;
}

// ---- the slow way --------------------------------------------------------------------------------------------------------------------------

// One record with everything about it that does not depend on the pattern.
struct Read {
  std::int64_t time;
  std::uint64_t place;     // among equal times
  std::int64_t watermark;  // before it was read
  std::string key;
  const Event* event;
  [[nodiscard]] bool is_behind(const Read& other) const { return time != other.time ? time > other.time : place > other.place; }
};

std::vector<Read> read_all(const World& world) {
  std::vector<Read> reads;
  std::vector<std::int64_t> high(2, kLongAgo);
  std::vector<std::uint64_t> count(2);
  for (const Event& event : world.events) {
    reads.push_back({event.time(), (std::uint64_t{event.input} << 32U) + count[event.input]++, world.watermark(high), event.text(kKey), &event});
    high[event.input] = std::max(high[event.input], event.time());
  }
  return reads;
}

bool fits(const Step& step, const Read& read) {
  return read.event->input == step.input && read.event->has(kKind) && read.event->number(kKind) == step.kind;
}

bool goes_with(const Step& step, const Read& read, const Read& first) {
  if (step.tie == Tie::kNone) return true;
  if (!read.event->has(kValue) || !first.event->has(kValue)) return false;
  return step.tie == Tie::kSame ? read.event->number(kValue) == first.event->number(kValue)
                                : read.event->number(kValue) > first.event->number(kValue);
}

std::string value_text(const Read& read) { return read.event->has(kValue) ? std::to_string(read.event->number(kValue)) : "null"; }

// Follows one way from a first record; at each leading record of an overlapping pattern both ways are tried. Calls done() with the number of
// each record that completes it.
struct Way {
  const World& world;
  const std::vector<Read>& reads;
  std::size_t start;
  std::function<void(std::size_t, std::size_t)> done;  // (record, binding record)

  [[nodiscard]] std::size_t next(std::size_t step) const {
    for (++step; step < world.steps.size() && world.steps[step].never;) ++step;
    return step;
  }

  void follow(std::size_t from, std::size_t step, std::int64_t count, std::size_t last, std::size_t bound) const {
    for (std::size_t i = from; i < reads.size(); ++i) {
      const Read& read = reads[i];
      if (read.key != reads[start].key) continue;
      if (reads[start].time <= read.watermark - world.within) return;
      if (!read.is_behind(reads[last]) || reads[start].time <= read.time - world.within) continue;
      const bool enough = count >= world.steps[step].at_least;
      const std::size_t leads_to = next(step);
      const auto may = [&](std::size_t which) { return fits(world.steps[which], read) && goes_with(world.steps[which], read, reads[bound]); };
      if (enough && leads_to < world.steps.size() && may(leads_to)) {
        const bool complete = leads_to + 1 == world.steps.size() && world.steps[leads_to].at_least == 1;
        if (complete) done(i, bound);
        if (complete && world.after == AfterFire::kRestart) return;
        if (!complete && world.after != AfterFire::kOverlap) {
          step = leads_to;
          count = 1;
          last = i;
        } else if (!complete) {
          follow(i + 1, leads_to, 1, i, bound);
        }
        continue;
      }
      bool ended = false;
      for (std::size_t between = step + 1; enough && between < leads_to; ++between) ended = ended || may(between);
      if (ended) return;
      if (world.steps[step].at_least == 1 || !may(step)) continue;
      const bool completes = step + 1 == world.steps.size() && count + 1 == world.steps[step].at_least;
      if (completes) done(i, bound);
      if (completes && world.after == AfterFire::kRestart) return;
      if (completes) continue;
      ++count;
      last = i;
      if (step == 0) bound = i;
    }
  }
};

// By record: whether the fact is true, and the bound value ("null" = none).
std::vector<std::pair<std::string, std::string>> expected_sequence(const World& world) {
  const std::vector<Read> reads = read_all(world);
  std::vector<std::pair<std::string, std::string>> expected(reads.size(), {"false", "null"});
  // A restart depends on what fired before, so ways are looked at again from the records behind each hit.
  std::map<std::string, std::size_t> used;  // by key: starts up to here are dropped
  for (std::size_t i = 0; i < reads.size(); ++i) {
    for (std::size_t start = 0; start < i; ++start) {
      if (reads[start].key != reads[i].key || !fits(world.steps[0], reads[start])) continue;
      if (reads[start].time <= reads[start].watermark - world.within) continue;
      if (used.contains(reads[i].key) && start <= used[reads[i].key]) continue;
      bool hit = false;
      std::size_t bound_by = 0;
      const Way way{world, reads, start, [&](std::size_t at, std::size_t bound) {
                      if (at != i || hit) return;
                      hit = true;
                      bound_by = bound;
                    }};
      way.follow(start + 1, 0, 1, start, start);
      if (!hit) continue;
      expected[i] = {"true", value_text(reads[bound_by])};
      if (world.after == AfterFire::kRestart) used[reads[i].key] = i;
      break;
    }
  }
  return expected;
}

std::vector<std::pair<std::string, std::string>> expected_together(const World& world) {
  const std::vector<Read> reads = read_all(world);
  std::vector<std::pair<std::string, std::string>> expected(reads.size(), {"false", "null"});
  std::vector<std::vector<bool>> used(world.steps.size(), std::vector<bool>(reads.size()));
  for (std::size_t i = 0; i < reads.size(); ++i) {
    if (std::none_of(world.steps.begin(), world.steps.end(), [&](const Step& step) { return fits(step, reads[i]); })) continue;
    const bool old = reads[i].time < reads[i].watermark - world.slack();
    if (old) expected[i].first = "null";
    std::vector<std::size_t> best;
    for (std::size_t step = 0; step < world.steps.size(); ++step) {
      std::optional<std::size_t> latest;
      for (std::size_t j = 0; j <= i; ++j) {
        if (used[step][j] || reads[j].key != reads[i].key || !fits(world.steps[step], reads[j])) continue;
        if (reads[j].time < reads[j].watermark - world.slack()) continue;
        if (reads[j].is_behind(reads[i]) || reads[j].time <= reads[i].time - world.within) continue;
        if (!latest || reads[j].is_behind(reads[*latest])) latest = j;
      }
      if (latest) best.push_back(*latest);
    }
    if (old || best.size() != world.steps.size()) continue;
    expected[i] = {"true", value_text(reads[best[0]])};
    if (world.after != AfterFire::kRestart) continue;
    for (std::size_t j = 0; j <= i; ++j) {
      if (reads[j].key == reads[i].key && !reads[j].is_behind(reads[i])) std::for_each(used.begin(), used.end(), [&](auto& step) { step[j] = true; });
    }
  }
  return expected;
}

// "time value", in order.
std::vector<std::string> expected_absences(const World& world) {
  const std::vector<Read> reads = read_all(world);
  std::vector<std::int64_t> high(2, kLongAgo);
  for (const Event& event : world.events) high[event.input] = std::max(high[event.input], event.time());
  const std::int64_t end = world.watermark(high);
  std::vector<std::string> expected;
  for (const Read& first : reads) {
    if (!fits(world.steps[0], first) || first.time < first.watermark - world.slack()) continue;
    const std::int64_t due = std::max(first.time + world.within, first.watermark) + 1;
    if (due > end) continue;
    const bool met = std::any_of(reads.begin(), reads.end(), [&](const Read& read) {
      return read.key == first.key && fits(world.steps[1], read) && read.is_behind(first) && read.time <= first.time + world.within &&
             read.watermark < due && (&read > &first || read.time >= read.watermark - world.slack()) && goes_with(world.steps[1], read, first);
    });
    if (!met) expected.push_back(std::to_string(due) + " " + first.key + " " + value_text(first));
  }
  std::sort(expected.begin(), expected.end());
  return expected;
}

// ---- random worlds -------------------------------------------------------------------------------------------------------------------------

Step random_step(Random& random, bool tied) {
  Step step;
  step.input = static_cast<InputId>(random(2));
  step.kind = random(3);
  if (tied && random(2) == 0) step.tie = random(2) == 0 ? Tie::kSame : Tie::kMore;
  return step;
}

World random_world(std::uint64_t seed, FactKind kind) {
  Random random{seed};
  World world;
  world.kind = kind;
  world.within = 1 + random(60);
  world.bounds = {random(3) * 8, random(3) * 8};
  world.after = static_cast<AfterFire>(random(3));
  const std::int64_t steps = kind == FactKind::kAbsence ? 2 : 2 + random(2);
  for (std::int64_t i = 0; i < steps; ++i) world.steps.push_back(random_step(random, i > 0 && kind != FactKind::kTogether));
  if (kind == FactKind::kSequence) {
    for (Step& step : world.steps) step.at_least = random(4) == 0 ? 2 + random(2) : 1;
    if (random(2) == 0) {
      Step never = random_step(random, true);
      never.never = true;
      world.steps.insert(world.steps.begin() + 1 + random(steps - 1), never);
    }
  }
  std::int64_t now = 1000;
  for (std::int64_t i = 0; i < 20 + random(50); ++i) {
    now += random(3) == 0 ? 0 : random(12);
    const auto input = static_cast<InputId>(random(2));
    Event event{input, {now - random(2) * random(world.bounds[input] + 12), std::string(random(4) == 0 ? "b" : "a"), random(3), random(3)}};
    if (random(8) == 0) event.cells[kKind] = std::monostate{};
    if (random(6) == 0) event.cells[kValue] = std::monostate{};
    world.events.push_back(std::move(event));
  }
  return world;
}

std::vector<std::pair<std::string, std::string>> found_by_record(const World& world) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& row : rows_of(plan_of(world), world.events, OutputId::kAlerts))
    found.emplace_back(value_in(row, "f0"), value_in(row, "f1"));
  return found;
}

}  // namespace

TEST_CASE("a sequence is true at the records at which following every way from every first record says so") {
  std::size_t hits = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    INFO("seed " << seed);
    const World world = random_world(seed, FactKind::kSequence);
    const auto expected = expected_sequence(world);
    REQUIRE(found_by_record(world) == expected);
    hits += static_cast<std::size_t>(std::count_if(expected.begin(), expected.end(), [](const auto& one) { return one.first == "true"; }));
  }
  CHECK(hits > 100);
}

TEST_CASE("records come together where looking at all records of the span says so") {
  std::size_t hits = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    const World world = random_world(seed, FactKind::kTogether);
    const auto expected = expected_together(world);
    REQUIRE(found_by_record(world) == expected);
    hits += static_cast<std::size_t>(std::count_if(expected.begin(), expected.end(), [](const auto& one) { return one.first == "true"; }));
  }
  CHECK(hits > 100);
}

TEST_CASE("an absence is told once for each record that nothing followed, when the watermark has passed its span") {
  std::size_t hits = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    INFO("seed " << seed);
    const World world = random_world(seed, FactKind::kAbsence);
    std::vector<std::string> found;
    for (const std::string& row : rows_of(plan_of(world), world.events, OutputId::kAlerts))
      found.push_back(value_in(row, "event_time") + " " + value_in(row, "key") + " " + value_in(row, "f1"));
    std::sort(found.begin(), found.end());
    REQUIRE(found == expected_absences(world));
    hits += found.size();
  }
  CHECK(hits > 500);
}

}  // namespace reckoner::testing
