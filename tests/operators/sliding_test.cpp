// Exact windows against the slow and obvious way: every fact at every record is recomputed from all records read so far.
// Not verified here: evidence positions and timers; state that went through a checkpoint.
#include "operators/sliding.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/key.hpp"
#include "engine/key_space.hpp"
#include "engine/watermark.hpp"
#include "operators/arithmetic.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr std::uint32_t kTime = 0;
constexpr std::uint32_t kKey = 1;
constexpr std::uint32_t kAmount = 2;
constexpr std::uint32_t kKind = 3;

struct Event {
  std::int64_t time;
  int key;
  std::int64_t amount;
  std::int64_t kind;
};

struct Random {  // splitmix64
  std::uint64_t state;
  std::uint64_t operator()(std::uint64_t below) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return (z ^ (z >> 31U)) % below;
  }
};

ValueType integer_type() {
  ValueType type;
  type.kind = ValueKind::kInteger;
  return type;
}

ValueType bool_type() {
  ValueType type;
  type.kind = ValueKind::kBool;
  return type;
}

Expression kind_is(std::int64_t kind) {
  Expression field;
  field.operation = Operation::kField;
  field.type = integer_type();
  field.position = kKind;
  Expression constant;
  constant.type = integer_type();
  constant.constant = kind;
  Expression equal;
  equal.operation = Operation::kEqual;
  equal.type = bool_type();
  equal.arguments = {field, constant};
  return equal;
}

FactPlan fact(FactKind kind, std::int64_t within_ms, std::optional<std::int64_t> only_kind, bool exclude_current = false) {
  FactPlan made;
  made.kind = kind;
  made.type = integer_type();
  made.value = kAmount;
  made.within_ms = within_ms;
  made.exclude_current = exclude_current;
  if (only_kind) made.where = kind_is(*only_kind);
  return made;
}

std::vector<FactPlan> facts_to_test() {
  return {fact(FactKind::kCount, 1000, std::nullopt),
          fact(FactKind::kSum, 1000, 1),
          fact(FactKind::kAverage, 5000, 2),
          fact(FactKind::kMinimum, 700, std::nullopt),
          fact(FactKind::kMaximum, 5000, 1),
          fact(FactKind::kDistinct, 1000, std::nullopt),
          fact(FactKind::kCount, 50, 2),
          fact(FactKind::kSum, 5000, 1, true),
          fact(FactKind::kMaximum, 700, std::nullopt, true)};
}

// Keeps what the operators before it computed: [record][fact], nullopt = unknown.
class Probe : public Operator {
 public:
  Probe(std::size_t facts, std::vector<std::vector<std::optional<std::int64_t>>>& seen) : facts_(facts), seen_(seen) {}
  void declare(RecordLayout&) override {}
  void process(const Batch& batch, Features& features, Effects&) override {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      std::vector<std::optional<std::int64_t>> values;
      for (std::size_t i = 0; i < facts_; ++i) {
        values.push_back(features.known(i).test(row) ? std::optional(features.column(i)[row]) : std::nullopt);
      }
      seen_.push_back(std::move(values));
    }
  }
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte*, std::byte*, StateWriter&) override {}
  void load(std::byte*, std::string_view, std::string_view) override {}

 private:
  std::size_t facts_;
  std::vector<std::vector<std::optional<std::int64_t>>>& seen_;
};

// A round of `events` as the reader would make it, with watermark = highest time before the record - bound.
struct RoundMaker {
  std::int64_t bound_ms;
  std::int64_t high = kNoWatermark;
  std::uint64_t sequence = 0;

  Round make(std::span<const Event> events) {
    Round round;
    auto block = std::make_shared<KeyedBlock>();
    RecordBlock& records = block->records;
    records.first.record = sequence;
    records.columns.resize(4);
    block->keys.resize(1);
    block->composed = {1};
    round.first_sequence = sequence;
    round.watermark.resize(1);
    for (const Event& event : events) {
      const std::string key = std::to_string(event.key);
      const auto begin = static_cast<std::uint32_t>(block->key_text.size());
      block->key_text.insert(block->key_text.end(), key.begin(), key.end());
      block->keys[0].push_back({hash_key(key), {begin, static_cast<std::uint32_t>(key.size())}});
      records.columns[kTime].push_back(event.time);
      records.columns[kKey].push_back(event.key);
      records.columns[kAmount].push_back(event.amount);
      records.columns[kKind].push_back(event.kind);
      records.present.push_back(15);
      records.rejected.push_back(0);
      round.rows.push_back({0, records.rows++});
      round.state.push_back(RowState::kLive);
      round.event_time.push_back(event.time);
      round.watermark[0].push_back(high == kNoWatermark ? kNoWatermark : high - bound_ms);
      high = std::max(high, event.time);
    }
    sequence += events.size();
    round.watermark_after = {high - bound_ms};
    round.blocks.push_back(std::move(block));
    round.late.resize(1);
    round.late[0].assign(events.size(), 0);
    return round;
  }
};

// `read`: records of the key up to and with `now`, at least those that a window can reach.
std::optional<std::int64_t> slow_answer(const FactPlan& plan, std::int64_t only_kind, std::span<const Event> read) {
  const Event& now = read.back();
  if (plan.exclude_current) read = read.first(read.size() - 1);
  std::int64_t sum = 0;
  std::vector<std::int64_t> values;
  for (const Event& event : read) {
    if (event.time <= now.time - plan.within_ms || event.time > now.time) continue;
    if (plan.where && event.kind != only_kind) continue;
    sum += event.amount;
    values.push_back(event.amount);
  }
  const auto count = static_cast<std::int64_t>(values.size());
  std::int64_t average = 0;
  switch (plan.kind) {
    case FactKind::kCount:
      return count;
    case FactKind::kSum:
      return sum;
    case FactKind::kAverage:
      return divide_rounded(sum, count, 4, average) ? std::optional(average) : std::nullopt;
    case FactKind::kMinimum:
      return values.empty() ? std::nullopt : std::optional(*std::min_element(values.begin(), values.end()));
    case FactKind::kMaximum:
      return values.empty() ? std::nullopt : std::optional(*std::max_element(values.begin(), values.end()));
    default:
      std::sort(values.begin(), values.end());
      return std::unique(values.begin(), values.end()) - values.begin();
  }
}

struct Fixture {
  KeyPlan plan;
  std::vector<std::vector<std::optional<std::int64_t>>> seen;
  std::unique_ptr<KeySpace> space;
  const SlidingOperator* windows = nullptr;

  Fixture(std::int64_t slack_ms, std::uint32_t per_key_max, std::size_t batch_rows) {
    plan.by = {"key"};
    plan.fields = {{kKey}};
    plan.facts = facts_to_test();
    SlidingSettings settings;
    for (std::uint32_t i = 0; i < plan.facts.size(); ++i) settings.facts.push_back(i);
    settings.slack_ms = slack_ms;
    settings.per_key_max = per_key_max;
    settings.positions = true;
    KeySpaceShape shape;
    shape.inputs = 1;
    shape.columns = {{0, kAmount}, {0, kKind}};
    shape.features = plan.facts.size();
    shape.watermark_groups = {0};
    shape.keys_max = 1000;
    shape.batch_rows = batch_rows;
    auto evaluator = std::make_shared<Evaluator>(shape.columns, plan.facts.size());
    auto sliding = std::make_unique<SlidingOperator>(plan, settings, evaluator);
    windows = sliding.get();
    std::vector<std::unique_ptr<Operator>> operators;
    operators.push_back(std::move(sliding));
    operators.push_back(std::make_unique<Probe>(plan.facts.size(), seen));
    space = std::make_unique<KeySpace>(shape, std::move(operators));
  }

  void feed(RoundMaker& maker, std::span<const Event> events) {
    const Round round = maker.make(events);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < events.size(); ++row) rows.push_back(row);
    Effects effects;
    space->process(round, rows, effects);
  }
};

std::vector<Event> random_events(std::uint64_t seed, std::size_t count, int keys, std::int64_t step_ms, std::int64_t disorder_ms) {
  Random random{seed};
  std::vector<Event> events;
  std::int64_t clock = -3000;  // windows also lie before 1970
  for (std::size_t i = 0; i < count; ++i) {
    clock += static_cast<std::int64_t>(random(static_cast<std::uint64_t>(step_ms)));
    if (random(200) == 0) clock += 6000;  // every window empties now and then
    const auto back = static_cast<std::int64_t>(random(static_cast<std::uint64_t>(disorder_ms) + 1));
    events.push_back({clock - back, static_cast<int>(random(static_cast<std::uint64_t>(keys))), static_cast<std::int64_t>(random(50)) - 10,
                      static_cast<std::int64_t>(random(4))});
  }
  return events;
}

struct Comparison {
  std::uint64_t seed = 1;
  std::size_t events = 0;
  int keys = 3;
  std::int64_t step_ms = 40;
  std::int64_t disorder_ms = 0;
  std::size_t batch_rows = 256;
};

// The records of each key in reading order, without those that no window reaches any more.
class KeyHistories {
 public:
  explicit KeyHistories(std::int64_t disorder_ms) : reach_ms_(disorder_ms + kWidestMs) {}

  std::span<const Event> add(const Event& event, std::int64_t high_ms) {
    History& history = histories_[event.key];
    while (history.first < history.events.size() && history.events[history.first].time <= high_ms - reach_ms_) ++history.first;
    history.events.push_back(event);
    return std::span(history.events).subspan(history.first);
  }

 private:
  static constexpr std::int64_t kWidestMs = 5000;
  struct History {
    std::vector<Event> events;
    std::size_t first = 0;
  };
  std::int64_t reach_ms_;
  std::map<int, History> histories_;
};

void compare_with_slow_answer(const Comparison& comparison) {
  constexpr std::size_t kRoundRecords = 500;
  const std::int64_t bound_ms = 400;
  Fixture fixture(bound_ms, 1'000'000, comparison.batch_rows);
  RoundMaker maker{bound_ms};
  const std::vector<Event> events = random_events(comparison.seed, comparison.events, comparison.keys, comparison.step_ms, comparison.disorder_ms);
  const std::int64_t only[] = {0, 1, 2, 0, 1, 0, 2, 1, 0};
  KeyHistories histories(comparison.disorder_ms);
  std::int64_t high = kNoWatermark;
  for (std::size_t from = 0; from < events.size(); from += kRoundRecords) {
    const auto round = std::span(events).subspan(from, std::min(kRoundRecords, events.size() - from));
    fixture.seen.clear();
    fixture.feed(maker, round);
    REQUIRE(fixture.seen.size() == round.size());
    for (std::size_t i = 0; i < round.size(); ++i) {
      const bool too_old = high != kNoWatermark && round[i].time < high - bound_ms - bound_ms;
      high = std::max(high, round[i].time);
      const std::span<const Event> read = histories.add(round[i], high);
      for (std::size_t f = 0; f < fixture.plan.facts.size(); ++f) {
        const auto expected = too_old ? std::nullopt : slow_answer(fixture.plan.facts[f], only[f], read);
        if (fixture.seen[i][f] == expected) continue;
        INFO("seed " << comparison.seed << " record " << from + i << " fact " << f);
        REQUIRE(fixture.seen[i][f] == expected);
      }
    }
  }
}

TEST_CASE("exact windows equal the slow answer on a million records in order") {
  compare_with_slow_answer({.events = 6000});
  compare_with_slow_answer({.events = 1'000'000, .keys = 40});
}

TEST_CASE("exact windows equal the slow answer on a million records out of order") {
  for (std::uint64_t seed = 2; seed < 8; ++seed)
    compare_with_slow_answer({.seed = seed, .events = 2500, .disorder_ms = 400, .batch_rows = seed % 2 == 0 ? 256U : 7U});
  compare_with_slow_answer({.seed = 8, .events = 1'000'000, .keys = 40, .disorder_ms = 400});
}

TEST_CASE("exact windows of a busy key, whose values are kept in order, equal the slow answer") {
  for (const std::int64_t disorder_ms : {0, 30, 400, 1500}) {
    compare_with_slow_answer({.seed = 10, .events = 12'000, .keys = 1, .step_ms = 8, .disorder_ms = disorder_ms, .batch_rows = 64});
    compare_with_slow_answer({.seed = 11, .events = 12'000, .keys = 2, .step_ms = 40, .disorder_ms = disorder_ms});
  }
}

TEST_CASE("exact windows equal the slow answer when some records are too old to be asked about") {
  compare_with_slow_answer({.seed = 9, .events = 20'000, .disorder_ms = 1500, .batch_rows = 64});
}

TEST_CASE("facts of a key that keeps too many entries are unknown while their window reaches what was let go of") {
  Fixture fixture(0, 3, 256);
  RoundMaker maker{0};
  const std::vector<Event> events = {{0, 1, 5, 1}, {10, 1, 5, 1}, {20, 1, 5, 1}, {30, 1, 5, 1}, {1010, 1, 5, 1}};
  fixture.feed(maker, events);
  CHECK(fixture.seen[2][0] == 3);
  CHECK_FALSE(fixture.seen[3][0].has_value());  // the entry of time 0 was let go of, and (-970, 30] reaches it
  CHECK(fixture.seen[4][0] == 3);               // (10, 1010] does not
  Mask fourth;
  fourth.set(3);
  CHECK(fixture.windows->truncated(0) == fourth);
  CHECK(fixture.windows->too_old().none());
}

TEST_CASE("a window begins after t - within and ends with t") {
  Fixture fixture(10'000, 1000, 256);
  RoundMaker maker{10'000};
  const std::vector<Event> events = {{0, 1, 1, 0}, {999, 1, 1, 0}, {1000, 1, 1, 0}, {1001, 1, 1, 0}, {1000, 1, 1, 0}, {-1, 1, 1, 0}};
  fixture.feed(maker, events);
  CHECK(fixture.seen[1][0] == 2);
  CHECK(fixture.seen[2][0] == 2);  // the record of time 0 is a window's length away: out
  CHECK(fixture.seen[3][0] == 3);
  CHECK(fixture.seen[4][0] == 3);  // ties are in; what is later in event time is not
  CHECK(fixture.seen[5][0] == 1);
}

}  // namespace
}  // namespace reckoner
