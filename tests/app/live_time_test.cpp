// A job that follows its input, by a clock of the test's own: partitions that fall silent, and records from the future. What the clock
// decided is in the decision records, so that a replay under another clock gives the same bytes.
#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "job_world.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;  // of FakeClock at the beginning
constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60'000;

std::string input_text(std::string_view name) {
  return fmt::format(R"(  {}:
    time: at
    out_of_orderness: 0s
    id: id
    key: key
    fields:
      id:  {{type: integer, required: true}}
      at:  {{type: time, format: ms, required: true}}
      key: {{type: string, required: true, max_length: 4}}
)",
                     name);
}

const std::string kHead = "ruleset: live\nversion: 1\ninputs:\n";

// Windows of ten seconds a key.
const std::string kRules = kHead + input_text("payments") + R"(totals:
  t:
    on: payments
    by: key
    window: 10s
    allowed_lateness: 0s
    measures: {n: {count: true}}
)";

// A score that gets better when a record is more than a minute old.
const std::string kScore = R"yaml(scores:
  calm:
    on: payments
    by: key
    recompute: event_and_expiry
    start: 100
    facts: {recent: {count: true, within: 1m}}
    parts: {busy: "-min(40, 10 * recent)"}
    bands: {good: 95, poor: 0}
    initial_band: good
)yaml";

// A payment without a receipt within a minute.
const std::string kAbsence = kHead + input_text("payments") + input_text("receipts") + R"yaml(rules:
  - id: GAP
    title: No receipt
    severity: low
    on: payments
    by: key
    missing: error
    facts:
      gap: {absent: {after: {on: payments}, expect: {on: receipts}, within: 1m}}
    fire: gap
)yaml";

// What is told where that cannot be decided.
const std::string kFault = R"yaml(  - id: LOST
    title: Not decided
    severity: low
    on: faults
    by: rule_id
    fire: known(reason)
    say: "{reason}"
)yaml";

std::string record(std::int64_t id, std::int64_t at, std::string_view key = "k") {
  return fmt::format("{{\"id\":{},\"at\":{},\"key\":\"{}\"}}\n", id, at, key);
}

JobSettingTexts following(const JobSettingTexts& more = {}) {
  JobSettingTexts settings{{"inputs.payments.follow", "true"}, {"checkpoint.every", "0s"}, {"idle_after", "30s"}, {"epoch.time", "1s"}};
  for (const auto& [path, value] : more) settings[path] = value;
  return settings;
}

void require_good(const JobOutcome& outcome) {
  if (!outcome.result) FAIL(outcome.result.error().text);
}

// Follows until nothing is there to read, then goes through `steps` of it, one a pause; the last pause ends as `end` says.
JobOutcome follow_through(JobWorld& world, const std::vector<std::function<void()>>& steps, JobWorld::Pause end) {
  std::size_t step = 0;
  return world.follow([&] {
    if (step == steps.size()) return end;
    steps[step++]();
    return JobWorld::Pause::kGoOn;
  });
}

std::size_t rows(const JobWorld& world, const std::string& output) { return sorted_rows(world.outputs(), output).size(); }

std::uint64_t in_bucket(const JobOutcome& outcome, Bucket bucket) { return outcome.counts.at("payments").records[static_cast<std::size_t>(bucket)]; }

}  // namespace

TEST_CASE("a partition that stays silent holds the others back until its idle time is over, and not when its records only wait") {
  // Two files of payments; the second one says nothing after its first record.
  JobWorld world(kRules, {{"payments", {record(1, 0) + record(2, 25 * kSecond), record(3, 1 * kSecond)}}}, following());
  std::vector<std::size_t> closed;
  const auto after = [&](std::int64_t milliseconds) {
    return [&, milliseconds] {
      closed.push_back(rows(world, "totals"));
      world.clock().advance_ms(milliseconds);
      world.append_input("payments", 0, record(10 + static_cast<std::int64_t>(closed.size()), 26 * kSecond));  // the first one is not silent
    };
  };
  const JobOutcome outcome = follow_through(world, {after(29 * kSecond), after(2 * kSecond), after(0), after(0)}, JobWorld::Pause::kKill);
  CHECK(outcome.killed);
  REQUIRE(closed.size() == 4);
  CHECK(closed[1] == 0);
  CHECK(closed[3] == 1);  // [0 s, 10 s)

  // Another clock, no checkpoint: the same bytes, and the silent partition is late from then on.
  const OutputTexts before = world.outputs();
  world.files().crash(FakeLoss::kNothing);
  world.append_input("payments", 1, record(20, 2 * kSecond) + record(21, 27 * kSecond));
  const JobOutcome again = world.run();
  require_good(again);
  CHECK(again.report.replayed_epochs > 0);
  CHECK(in_bucket(again, Bucket::kLate) == 1);
  CHECK(sorted_rows(world.outputs(), "totals").front() == sorted_rows(before, "totals").front());
}

TEST_CASE("a partition that was released as idle counts again with its next record, in every replay") {
  JobWorld world(kRules, {{"payments", {record(1, 0) + record(2, 25 * kSecond), record(3, 0)}}}, following());
  const auto first_speaks = [&](std::int64_t after_ms) {
    return [&, after_ms] {
      world.clock().advance_ms(after_ms);
      world.append_input("payments", 0, record(4, 25 * kSecond));
    };
  };
  std::size_t closed = 0;
  const JobOutcome outcome =
      follow_through(world,
                     {first_speaks(29 * kSecond), first_speaks(2 * kSecond), [&] { world.append_input("payments", 1, record(5, 26 * kSecond)); },
                      [&] { world.append_input("payments", 0, record(6, 45 * kSecond)); }, [&] { closed = rows(world, "totals"); }},
                     JobWorld::Pause::kStop);
  require_good(outcome);
  CHECK(in_bucket(outcome, Bucket::kProcessed) == 7);
  CHECK(closed == 1);  // the window of 26 s waits for the second partition
  world.checkpoints().forget_all();
  const JobOutcome again = world.run();
  require_good(again);
  CHECK(again.report.replayed_records == 7);
}

TEST_CASE("when all inputs are silent, event time goes on with the clock, at most once an epoch's time") {
  JobWorld world(kRules, {{"payments", {record(1, 0)}}}, following());
  std::size_t pauses = 0;
  std::size_t closed_before = 1;
  const JobOutcome outcome = world.follow([&] {
    if (++pauses == 1) {
      closed_before = rows(world, "totals");
      world.clock().advance_ms(30 * kSecond);
    }
    world.clock().advance_ms(10);
    return pauses == 500 ? JobWorld::Pause::kStop : JobWorld::Pause::kGoOn;
  });
  require_good(outcome);
  CHECK(closed_before == 0);
  CHECK(rows(world, "totals") == 1);
  CHECK(outcome.report.epochs < 20);  // in about 7 s
  const JobOutcome again = world.run();
  require_good(again);
}

TEST_CASE("what expires while all inputs are silent is told then, and in every replay") {
  JobWorld world(kRules + kScore, {{"payments", {record(1, 0)}}}, following());
  std::vector<std::size_t> scores;
  const auto pass = [&](std::int64_t milliseconds) {
    return [&, milliseconds] {
      scores.push_back(rows(world, "scores"));
      world.clock().advance_ms(milliseconds);
    };
  };
  const JobOutcome outcome =
      follow_through(world, {pass(40 * kSecond), pass(10 * kSecond), pass(60 * kSecond), pass(0), pass(0)}, JobWorld::Pause::kKill);
  CHECK(outcome.killed);
  CHECK(scores.front() == 1);
  CHECK(scores[2] == 1);
  CHECK(scores.back() == 2);  // no record came since
  const OutputTexts before = world.outputs();
  world.files().crash(FakeLoss::kNothing);
  world.checkpoints().forget_all();
  const JobOutcome again = world.run();
  require_good(again);
  CHECK(again.report.replayed_epochs > 0);
  CHECK(sorted_rows(world.outputs(), "scores") == sorted_rows(before, "scores"));
}

TEST_CASE("an absence is decided when all inputs are silent, and cannot be known where only the feed that it waits for is") {
  const auto follows = following({{"inputs.receipts.follow", "true"}});
  for (const bool payments_go_on : {false, true}) {
    INFO((payments_go_on ? "payments go on" : "all are silent"));
    JobWorld world(kAbsence, {{"payments", {record(1, 20 * kSecond)}}, {"receipts", {record(1, 0)}}}, follows);
    std::vector<std::function<void()>> steps;
    for (std::int64_t second = 20; second <= 200; second += 20) {
      steps.emplace_back([&world, payments_go_on, second] {
        world.clock().advance_ms(20 * kSecond);
        if (payments_go_on) world.append_input("payments", 0, record(second, second * kSecond));
      });
      steps.emplace_back([] {});
    }
    std::size_t alerts = 0;
    steps.emplace_back([&] {
      alerts = rows(world, "alerts");
      world.append_input("payments", 0, record(300, 250 * kSecond));
      world.append_input("receipts", 0, record(300, 250 * kSecond));
    });
    steps.emplace_back([] {});
    const JobOutcome outcome = follow_through(world, steps, JobWorld::Pause::kKill);
    CHECK(outcome.killed);
    CHECK(alerts == (payments_go_on ? 0U : 1U));
    // Those within the last minute before the receipt are known to have none once it came; what was given up stays so.
    const OutputTexts before = world.outputs();
    world.files().crash(FakeLoss::kNothing);
    world.checkpoints().forget_all();
    const JobOutcome again = world.run();
    require_good(again);
    CHECK(again.report.replayed_epochs > 0);
    CHECK(sorted_rows(world.outputs(), "alerts").size() < 6);
    CHECK(sorted_rows(world.outputs(), "alerts").size() >= sorted_rows(before, "alerts").size());
  }
}

TEST_CASE("the feed that fell silent is named in the fault, and counted, whoever was killed when") {
  JobWorld world(kAbsence + kFault, {{"payments", {record(1, 20 * kSecond)}}, {"receipts", {record(1, 0)}}},
                 following({{"inputs.receipts.follow", "true"}}));
  std::vector<std::function<void()>> steps;
  for (std::int64_t second = 20; second <= 200; second += 20) {
    steps.emplace_back([&world, second] {
      world.clock().advance_ms(20 * kSecond);
      world.append_input("payments", 0, record(second, second * kSecond));
    });
    steps.emplace_back([] {});
  }
  REQUIRE(follow_through(world, steps, JobWorld::Pause::kKill).killed);
  world.files().crash(FakeLoss::kNothing);
  const JobOutcome outcome = follow_through(world, {}, JobWorld::Pause::kStop);
  require_good(outcome);
  CHECK(outcome.report.replayed_epochs > 0);
  const std::vector<std::string> told = sorted_rows(world.outputs(), "alerts");
  CHECK_FALSE(told.empty());
  for (const std::string& row : told) CHECK(row.find("\"say\":\"cannot know: input 'receipts' was silent or had ended\"") != std::string::npos);
  const std::vector<WaitCounts>& waits = outcome.decided.at("GAP").waits;
  REQUIRE(waits.size() == 1);
  CHECK(waits[0].input == "receipts");
  CHECK(waits[0].silent == told.size());
  CHECK(waits[0].let_go == 0);
}

TEST_CASE("a job that has nothing to read goes on with the checkpoint that it began") {
  JobWorld world(kRules, {{"payments", {record(1, 0, "a") + record(2, 1, "b") + record(3, 2, "c") + record(4, 3, "d")}}},
                 following({{"checkpoint.every", "1ms"}, {"engine.gather_records", "1"}}));
  std::size_t pauses = 0;
  const JobOutcome outcome = world.follow([&] { return ++pauses == 20 ? JobWorld::Pause::kKill : JobWorld::Pause::kGoOn; });
  CHECK(outcome.killed);
  world.files().crash(FakeLoss::kNothing);
  const JobOutcome again = world.run();
  require_good(again);
  CHECK(again.report.replayed_records == 0);
  CHECK(in_bucket(again, Bucket::kProcessed) == 4);
}

TEST_CASE("a record from the future is rejected, told, and drags nothing; a replay under another clock rejects the same ones") {
  const std::int64_t soon = kNow + 4 * kMinute;
  const std::int64_t too_far = kNow + 6 * kMinute;
  const std::string payments =
      record(1, kNow) + record(2, too_far) + record(3, kNow + 1) + record(4, soon) + record(5, too_far) + record(6, soon + 1);
  for (const bool second_partition : {false, true}) {
    INFO((second_partition ? "merged with another partition" : "one partition"));
    std::vector<std::string> files{payments};
    if (second_partition) files.push_back(record(7, kNow + 2) + record(8, too_far + kMinute));
    JobWorld world(kRules, {{"payments", files}}, following({{"epoch.records", "2"}}));
    const JobOutcome outcome = follow_through(world, {}, JobWorld::Pause::kKill);
    CHECK(outcome.killed);
    const std::vector<std::string> dead = sorted_rows(world.outputs(), "dead_letters");
    REQUIRE(dead.size() == (second_partition ? 3U : 2U));
    CHECK(dead[0].find("\"code\":\"future_time\",\"field\":\"at\"") != std::string::npos);
    CHECK(rows(world, "late") == 0);

    world.files().crash(FakeLoss::kNothing);
    world.clock().set_wall_ms(kNow + 60 * kMinute);
    world.append_input("payments", 0, record(9, too_far));
    const JobOutcome again = follow_through(world, {}, JobWorld::Pause::kStop);
    require_good(again);
    CHECK(again.report.replayed_epochs > 0);
    CHECK(sorted_rows(world.outputs(), "dead_letters") == dead);
    CHECK(in_bucket(again, Bucket::kRejected) == dead.size());
    CHECK(in_bucket(again, Bucket::kProcessed) == (second_partition ? 6U : 5U));
  }
}

TEST_CASE("wherever a process dies, a record that was told to be from the future stays so under the next one's clock") {
  // With two records an epoch the second partition's head is from the future when the first epoch ends, and waits.
  const std::int64_t too_far = kNow + 6 * kMinute;
  const JobSettingTexts settings = following({{"epoch.records", "2"}, {"checkpoint.every", "1ms"}});
  std::uint64_t call = 1;
  for (;; ++call) {
    INFO("call " << call);
    JobWorld world(kRules, {{"payments", {record(1, kNow) + record(2, kNow + 1), record(3, kNow) + record(4, too_far)}}}, settings);
    world.files().fault_at(call, FakeFault::kCrashBefore);
    if (!follow_through(world, {}, JobWorld::Pause::kStop).killed) break;
    world.files().crash(FakeLoss::kNothing);
    world.clock().set_wall_ms(kNow + 60 * kMinute);
    const JobOutcome next = follow_through(world, {}, JobWorld::Pause::kStop);
    require_good(next);
    CHECK(in_bucket(next, Bucket::kRejected) == rows(world, "dead_letters"));
    const OutputTexts outputs = world.outputs();
    world.checkpoints().forget_all();
    const JobOutcome again = follow_through(world, {}, JobWorld::Pause::kStop);
    require_good(again);
    CHECK(first_difference(outputs, world.outputs()) == "");
  }
  CHECK(call > 10);
}

TEST_CASE("that inputs ended is decided without a record to read, and every replay repeats it") {
  const std::string payments = record(1, 0) + record(2, 90 * kSecond);
  const std::string receipts = record(1, 10 * kSecond) + record(2, 20 * kSecond, "l");
  const auto follows = following({{"inputs.receipts.follow", "true"}});
  JobWorld straight(kAbsence, {{"payments", {payments}}, {"receipts", {receipts}}});
  require_good(straight.run());
  for (const std::string& rules : {kRules, kAbsence}) {
    std::vector<JobInput> inputs{{"payments", {payments}}};
    if (rules == kAbsence) inputs.push_back({"receipts", {receipts}});
    JobWorld world(rules, inputs, rules == kAbsence ? follows : following());
    require_good(follow_through(world, {}, JobWorld::Pause::kStop));
    require_good(world.run());
    const OutputTexts ended = world.outputs();
    CHECK(rows(world, rules == kAbsence ? "alerts" : "totals") == (rules == kAbsence ? rows(straight, "alerts") : 2));
    world.checkpoints().forget_all();
    const JobOutcome again = world.run();
    require_good(again);
    CHECK(again.report.replayed_records > 0);
    CHECK(first_difference(ended, world.outputs()) == "");
  }
}

TEST_CASE("a run to the end of the input asks no clock: its future records are taken") {
  JobWorld world(kRules, {{"payments", {record(1, kNow) + record(2, kNow + 600 * kMinute)}}});
  const JobOutcome outcome = world.run();
  require_good(outcome);
  CHECK(in_bucket(outcome, Bucket::kProcessed) == 2);
}

}  // namespace reckoner::testing
