// Rules decided in order of event time: records that arrive in any order within the bound must give what the same records give, decided as they
// arrive, when they arrive in order.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "golden_case.hpp"
#include "golden_runs.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::int64_t kBoundMs = 20'000;

std::string input_text(std::string_view name, std::int64_t out_of_orderness_ms, std::string_view fields) {
  return fmt::format(R"(  {}:
    time: at
    out_of_orderness: {}ms
    id: id
    key: account
    fields:
      id:      {{type: string, required: true}}
      at:      {{type: time, required: true}}
      account: {{type: string, required: true}}
{})",
                     name, out_of_orderness_ms, fields);
}

constexpr std::string_view kPaymentFields = "      device: {type: string, max_length: 8}\n      amount: {type: integer, required: true}\n";
constexpr std::string_view kChangeFields = "      what: {type: string, required: true, max_length: 8}\n";

// Each of these depends on the order in which it sees records, or on the moment at which something falls due.
constexpr std::string_view kRules = R"(facts:
  accounts: {distinct: account, on: payments, by: device, within: 1m}
lists:
  flagged: {owner: tests, added_for: 25s}
  people: {owner: tests, added_for: 1m}
scores:
  trust:
    on: [payments, changes]
    by: account
    recompute: event_and_expiry
    start: 100
    facts:
      large: {count: true, on: payments, within: 2m, where: amount > 700}
      moved: {count: true, on: changes, within: 1m}
    parts: {large: "-20 * large", moved: "-15 * moved"}
    bands: {good: 80, fair: 50, poor: -1000000}
    initial_band: good
rules:
  - id: SHOW
    title: What depends on the order
    severity: low
    on: payments
    by: account
    facts:
      n:      {count: true, within: 40s}
      spent:  {sum: amount, within: 30s, exclude_current: true}
      last:   {previous: id}
      fresh:  {first_seen: device, last: 3}
      gap:    {since_previous: true}
    fire: amount >= 0
    columns: {n: n, spent: spent, last: last, fresh: fresh, gap: gap, accounts: accounts, score: score.trust}
  - id: SEQ
    title: Changed and then paid
    severity: high
    on: payments
    by: account
    facts:
      hit:
        sequence:
          - {name: change, on: changes, where: "what == 'phone'"}
          - {name: pay, on: payments, where: amount > 300}
        within: 1m
    fire: hit
    say: "{hit.change.id} {hit.pay.id}"
    add_to: {flagged: hit.pay.device, people: account}
  - id: GAP
    title: Large and nothing behind it
    severity: high
    on: payments
    by: account
    facts:
      quiet:
        absent:
          after:  {on: payments, where: amount > 600}
          expect: {on: changes, where: "what == 'ok'"}
          within: 30s
    fire: quiet
    add_to: {flagged: quiet.after.device}
  - id: FLAGGED
    title: Used while it is flagged
    severity: high
    on: payments
    by: account
    facts: {met: {count: true, by: device, within: 50s, where: device in list.flagged}}
    fire: device in list.flagged
    columns: {met: met}
    add_to: {people: account}
  - id: PERSON
    title: Does anything after that
    severity: high
    on: payments
    by: account
    fire: account in list.people
  - id: HELD
    title: Told once a minute
    severity: high
    on: payments
    by: account
    facts: {many: {count: true, within: 50s}}
    fire: many >= 2
    hold: 1m
)";

std::string rules(std::string_view evaluation, std::int64_t out_of_orderness_ms, std::string_view payment_fields = kPaymentFields) {
  return fmt::format("ruleset: ordered\nversion: 1\nevaluation: {}\ninputs:\n{}{}{}", evaluation,
                     input_text("payments", out_of_orderness_ms, payment_fields), input_text("changes", out_of_orderness_ms, kChangeFields), kRules);
}

struct Event {
  std::int64_t at = 0;
  std::int64_t arrives = 0;
  std::size_t input = 0;
  std::string line;
};

std::vector<Event> random_events(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  std::vector<Event> events;
  std::int64_t at = 1'000'000;
  for (std::size_t i = 0; i < count; ++i) {
    at += static_cast<std::int64_t>(1 + below(6000));  // no two at one time: ties go by where they were read
    Event event{at, at + static_cast<std::int64_t>(below(kBoundMs)), below(3) == 0 ? 1U : 0U, {}};
    if (event.input == 0) {
      event.line =
          fmt::format(R"({{"id": "e{}", "at": {}, "account": "a{}", "device": "d{}", "amount": {}}})", i, at, below(5), below(4), below(1000));
    } else {
      event.line = fmt::format(R"({{"id": "e{}", "at": {}, "account": "a{}", "what": "{}"}})", i, at, below(5), below(2) == 0 ? "phone" : "ok");
    }
    events.push_back(std::move(event));
  }
  // Both inputs come far enough for everything to be decided while none has ended.
  at += 600'000;
  events.push_back({at, at, 0, fmt::format(R"({{"id": "end0", "at": {}, "account": "end", "amount": 0}})", at)});
  events.push_back({at + 1, at + 1, 1, fmt::format(R"({{"id": "end1", "at": {}, "account": "end", "what": "ok"}})", at + 1)});
  return events;
}

std::vector<JobInput> inputs_of(const std::vector<Event>& events, std::size_t files) {
  std::vector<JobInput> inputs{{"payments", std::vector<std::string>(files)}, {"changes", std::vector<std::string>(1)}};
  for (std::size_t i = 0; i < events.size(); ++i) inputs[events[i].input].files[events[i].input == 0 ? i % files : 0] += events[i].line + "\n";
  return inputs;
}

using Told = std::map<std::string, std::vector<std::string>>;

// Rows of each account in their order, without what tells where records were read.
Told told(const OutputTexts& outputs) {
  Told by_account;
  for (const auto& [file, text] : outputs) {
    if (!file.starts_with("alerts") && !file.starts_with("scores")) continue;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      std::string kept;
      std::map<std::string, std::string> columns = columns_of_row(text.substr(begin, end - begin));
      std::string& evidence = columns["evidence"];
      evidence.resize(std::min(evidence.size(), evidence.find(",\"records\":")));
      if (columns["trigger"].find('/') != std::string::npos) columns.erase("trigger");  // a place; else what fell due
      for (const auto& [name, value] : columns) kept += fmt::format("{}={} ", name, value);
      by_account[fmt::format("{} {}", file.substr(0, 6), columns.at("account"))].push_back(kept);
      begin = end + 1;
    }
  }
  return by_account;
}

// "" when they are the same.
std::string difference(const Told& expected, const Told& found) {
  for (const auto& [account, rows] : expected) {
    const auto other = found.find(account);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string row = other == found.end() || i >= other->second.size() ? "nothing" : other->second[i];
      if (row != rows[i]) return fmt::format("{}, row {}: expected {}\nfound {}", account, i, rows[i], row);
    }
    if (other != found.end() && other->second.size() > rows.size()) return fmt::format("{}: found besides {}", account, other->second[rows.size()]);
  }
  return expected.size() == found.size() ? "" : "further accounts";
}

GoldenCase job(std::string rule_set, std::vector<JobInput> inputs) {
  GoldenCase golden;
  golden.name = "ordered";
  golden.rule_set = std::move(rule_set);
  golden.inputs = std::move(inputs);
  return golden;
}

struct Streams {
  GoldenCase in_order;   // decided on arrival
  GoldenCase disturbed;  // decided in order
};

Streams streams(std::uint64_t seed, std::size_t count, std::size_t files = 1) {
  std::vector<Event> events = random_events(seed, count);
  GoldenCase in_order = job(rules("arrival", 0), inputs_of(events, 1));
  std::sort(events.begin(), events.end(), [](const Event& left, const Event& right) { return left.arrives < right.arrives; });
  return {std::move(in_order), job(rules("ordered", kBoundMs), inputs_of(events, files))};
}

}  // namespace

TEST_CASE("rules in order of event time tell of records in any order of arrival what rules on arrival tell of them in order") {
  std::size_t rows = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    const Streams both = streams(seed, 200, 1 + seed % 3);
    const OutputTexts expected = outputs_of(both.in_order);
    CHECK(first_difference(expected, outputs_of(both.in_order, random_settings(seed))) == "");
    CHECK(difference(told(expected), told(outputs_of(both.disturbed))) == "");
    CHECK(difference(told(expected), told(outputs_of(both.disturbed, {{"shards", "3"}, {"threads", "2"}}))) == "");
    for (const auto& [account, told_rows] : told(expected)) rows += told_rows.size();
  }
  CHECK(rows > 3000);
}

TEST_CASE("what waits for its turn in order of event time comes back from checkpoints and replays") {
  for (std::uint64_t seed = 30; seed < 36; ++seed) {
    INFO("seed " << seed);
    const GoldenCase disturbed = streams(seed, 120, 2).disturbed;
    const OutputTexts expected = outputs_of(disturbed);
    CHECK(first_difference(expected, outputs_of(disturbed, random_settings(seed))) == "");
    for (const std::uint64_t epoch_records : {3U, 17U}) {
      CHECK(first_difference(expected, outputs_through_kills(disturbed, epoch_records, {{"checkpoint.every", "0s"}})) == "");
      for (const std::uint64_t gathered : {1000U, 30U, 8U}) {
        const RestoredRun run = outputs_from_checkpoints(disturbed, epoch_records, gathered);
        CHECK(first_difference(expected, run.outputs) == "");
        CHECK(run.restored > 0);
      }
    }
  }
}

TEST_CASE("what waits comes back where records are CSV, with line ends in them") {
  GoldenCase csv = streams(40, 0).disturbed;
  csv.inputs[0].files[0] = "id,at,account,device,amount\n";
  std::mt19937_64 random(40);
  for (int i = 0; i < 60; ++i)
    csv.inputs[0].files[0] +=
        fmt::format("e{},{},a{},\"d\n{}\",{}\n", i, 1'000'000 + 2000 * i + static_cast<int>(random() % kBoundMs), i % 3, i % 2, 100 * (i % 10));
  csv.settings["inputs.payments.format"] = "csv";
  const OutputTexts expected = outputs_of(csv);
  CHECK(expected.at("alerts-0.jsonl").find("\"accounts\":3") != std::string::npos);
  const RestoredRun run = outputs_from_checkpoints(csv, 5, 3);
  CHECK(first_difference(expected, run.outputs) == "");
  CHECK(run.restored > 0);
}

TEST_CASE("where what waits is no record by a changed schema, the job stops and says what to do") {
  const GoldenCase disturbed = streams(7, 60).disturbed;
  JobWorld world(disturbed.rule_set, disturbed.inputs, {{"checkpoint.every", "1ms"}, {"epoch.records", "4"}, {"engine.round_records", "2"}});
  REQUIRE(world.run(12).killed);
  std::ofstream(world.directory() + "/rules/ruleset.yaml")
      << rules("ordered", kBoundMs, "      device: {type: string, max_length: 8}\n      amount: {type: integer, required: true, max: 1}\n");
  const JobOutcome outcome = world.run();
  REQUIRE(!outcome.result);
  CHECK(outcome.result.error().text.find("of input 'payments', which was read and waits for its turn, is none by this rule set's schema") !=
        std::string::npos);
}

TEST_CASE("a record that comes behind what an end of input let go is late for rules in order of event time") {
  JobWorld world(rules("ordered", kBoundMs), {{"payments", {""}}, {"changes", {""}}});
  const auto payment = [](const char* id, std::int64_t at) {
    return fmt::format("{{\"id\": \"{}\", \"at\": {}, \"account\": \"x\", \"amount\": 1}}\n", id, at);
  };
  world.append_input("payments", 0, payment("a", 1'000'000) + payment("b", 1'010'000));
  REQUIRE(world.run().result);
  world.append_input("payments", 0, payment("c", 1'005'000) + payment("d", 1'010'000));
  const JobOutcome second = world.run();
  REQUIRE(second.result);
  const OutputTexts outputs = world.outputs();
  REQUIRE(outputs.contains("late-0.jsonl"));
  CHECK(has_columns(outputs.at("late-0.jsonl"),
                    R"({"evaluation": "ordered", "id": "c", "late_by_ms": 5000, "reason": "behind what an end of input let go"})"));
  CHECK(second.counts.at("payments").records[static_cast<std::size_t>(Bucket::kLate)] == 1);
  CHECK(second.counts.at("payments").records[static_cast<std::size_t>(Bucket::kProcessed)] == 3);
}

TEST_CASE("more records than may wait for their turn stop the job, and say what to do") {
  Streams both = streams(3, 60);
  JobWorld world(both.disturbed.rule_set, both.disturbed.inputs, {{"limits.waiting_records", "2"}});
  const JobOutcome outcome = world.run();
  REQUIRE(!outcome.result);
  CHECK(outcome.result.error().text.find("more than 2 records wait for event time to pass them") != std::string::npos);
  CHECK(outcome.result.error().text.find("out_of_orderness") != std::string::npos);
}

}  // namespace reckoner::testing
