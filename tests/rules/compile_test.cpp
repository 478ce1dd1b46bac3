#include "rules/compile.hpp"

#include <fstream>
#include <set>
#include <string>

#include "rule_set_text.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner {

using testing::plan_of;
using testing::rule_text;
using testing::with_rules;

namespace {

std::uint64_t facts_hash(const std::string& rules, std::string_view more = "") { return plan_of(with_rules(rules, more)).facts_hash; }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("equal facts are one, whatever they are called and however they are written") {
  const Plan plan =
      plan_of(with_rules(rule_text("R1", "a > 5", "a: {count: true, within: 60s, where: \"type == 'card_payment' and amount > 5\"}") +
                         rule_text("R2", "b > 7", "b: {count: true, within: 1m, where: \"amount > 5.00 and 'card_payment' == type\"}") +
                         rule_text("R3", "c > 7", "c: {count: true, within: 61s, where: \"amount > 5.00 and 'card_payment' == type\"}")));
  REQUIRE(plan.keys.size() == 1);
  CHECK(plan.keys[0].facts.size() == 2);
  CHECK(plan.keys[0].rules[0].facts == plan.keys[0].rules[1].facts);
  CHECK(plan.keys[0].rules[0].facts != plan.keys[0].rules[2].facts);
}

TEST_CASE("a first_seen bounded by age alone remembers as many values as there may be") {
  const Plan plan = plan_of(with_rules(rule_text("R1", "a", "a: {first_seen: device_id, memory: 8d}")));
  CHECK(plan.keys[0].facts[0].remember_count == kRememberedMax);
}

TEST_CASE("limits say how many ids of records an alert names") {
  CHECK(plan_of(with_rules(rule_text("R1", "ok"))).evidence_ids == 3);
  CHECK(plan_of(with_rules(rule_text("R1", "ok"), "limits: {evidence_ids: 0}\n")).evidence_ids == 0);
}

TEST_CASE("whatever changes what a fact computes makes it another fact") {
  std::set<std::uint64_t> fingerprints;
  const std::vector<std::string> facts{"{count: true, within: 60s}",
                                       "{count: true, within: 61s}",
                                       "{count: true, within: 60s, exclude_current: true}",
                                       "{count: true, within: 60s, where: ok}",
                                       "{count: true, within: 60s, where: not ok}",
                                       "{sum: amount, within: 60s}",
                                       "{sum: fee, within: 60s}",
                                       "{avg: amount, within: 60s}",
                                       "{min: amount, within: 60s}",
                                       "{max: amount, within: 60s}",
                                       "{distinct: amount, within: 60s}",
                                       "{distinct: device_id, within: 60s}",
                                       "{first_seen: device_id, last: 8}",
                                       "{first_seen: device_id, last: 9}",
                                       "{first_seen: device_id, memory: 8d}",
                                       "{first_seen: device_id, memory: 8d, last: 8}",
                                       "{first_seen: account_id, last: 8}",
                                       "{previous: type}",
                                       "{latest: type}",
                                       "{previous: type, where: ok}",
                                       "{since_previous: true}",
                                       "{geo_speed: [lat, lon]}",
                                       "{geo_speed: [lon, lat]}",
                                       "{geo_speed: [lat, lon], min_km: 5}",
                                       "{geo_speed: [lat, lon], min_gap: 5s}"};
  for (const std::string& fact : facts) {
    INFO(fact);
    const Plan plan = plan_of(with_rules(rule_text("R1", "known(a)", "a: " + fact)));
    CHECK(fingerprints.insert(plan.keys[0].facts[0].fingerprint).second);
  }
  CHECK(fingerprints.size() == facts.size());
}

TEST_CASE("a fact comes after those that it uses, and its order follows no name") {
  const std::string forward =
      "a: {first_seen: device_id, last: 8}\nb: {count: true, within: 24h, where: a}\nc: {count: true, within: 24h, where: b > 3}";
  const std::string backward =
      "z: {count: true, within: 24h, where: y > 3}\ny: {count: true, within: 24h, where: x}\nx: {first_seen: device_id, last: 8}";
  const Plan first = plan_of(with_rules(rule_text("R1", "c > 5", forward)));
  const Plan second = plan_of(with_rules(rule_text("R9", "z > 5", backward)));
  REQUIRE(first.keys[0].facts.size() == 3);
  CHECK(first.keys[0].facts[0].name == "a");
  CHECK(first.keys[0].facts[1].name == "b");
  CHECK(first.keys[0].facts[2].where->arguments[0].position == 1);
  for (std::size_t i = 0; i < 3; ++i) CHECK(first.keys[0].facts[i].fingerprint == second.keys[0].facts[i].fingerprint);
  CHECK(first.keys[0].rules[0].facts == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(first.facts_hash == second.facts_hash);
  CHECK(first.hash != second.hash);
}

TEST_CASE("renaming facts of one level moves none of them") {
  const Plan first = plan_of(with_rules(rule_text("R1", "a > b", "a: {count: true, within: 1h}\nb: {count: true, within: 2h}")));
  const Plan second = plan_of(with_rules(rule_text("R1", "b > a", "b: {count: true, within: 1h}\na: {count: true, within: 2h}")));
  REQUIRE(first.keys[0].facts.size() == 2);
  CHECK(first.keys[0].facts[0].fingerprint == second.keys[0].facts[0].fingerprint);
  CHECK(first.keys[0].facts[1].fingerprint == second.keys[0].facts[1].fingerprint);
}

TEST_CASE("fingerprints do not change between versions") {
  // State on disk is found by these. A change here loses the state of every user.
  const Plan plan = plan_of(with_rules(rule_text("R1", "n > 5", "n: {count: true, within: 60s, where: \"type == 'card_payment'\"}")));
  CHECK(plan.keys[0].facts[0].fingerprint == 0x45cb4b09cc179962ULL);
}

TEST_CASE("editing what rules say keeps the meaning of state, editing facts does not") {
  const std::string rules = rule_text("R1", "n > 5", "n: {count: true, within: 60s}");
  const std::uint64_t before = facts_hash(rules);
  CHECK(facts_hash(rule_text("R2", "n > 500 or amount > 3", "n: {count: true, within: 60s}")) == before);
  CHECK(facts_hash(rule_text("R1", "m > 5", "m: {count: true, within: 60s}")) == before);
  CHECK(facts_hash(rule_text("R1", "n > 5", "n: {count: true, within: 61s}")) != before);
  CHECK(facts_hash(rules + rule_text("R2", "m > 5", "m: {sum: amount, within: 60s}")) != before);
  const auto with_inputs = [&](std::string_view from, std::string_view to) { return plan_of(replaced(with_rules(rules), from, to)).facts_hash; };
  CHECK(with_inputs("burst: 10", "burst: 11") == before);
  CHECK(with_inputs("version: 1", "version: 2") == before);
  CHECK(with_inputs("      age: ", "      other: {type: integer}\n      age: ") == before);
  CHECK(with_inputs("out_of_orderness: 5s", "out_of_orderness: 6s") != before);
  CHECK(with_inputs("    id: event_id", "    id: event_id\n    filter: ok") != before);
  CHECK(with_inputs("    id: event_id", "    id: event_id\n    dedupe: {within: 1h}") != before);
  const std::string score =
      "scores:\n  s:\n    on: events\n    by: account_id\n    recompute: event\n    start: 100\n    parts: {p: \"if(ok, 0, -10)\"}\n    bands: "
      "{good: 80, poor: 0}\n    initial_band: good\n";
  const std::uint64_t scored = facts_hash(rules, score);
  CHECK(scored != before);
  CHECK(facts_hash(rules, replaced(score, "good: 80", "good: 70")) == scored);
  CHECK(facts_hash(rules, replaced(score, "-10", "-20")) == scored);
  CHECK(facts_hash(rules, replaced(score, "poor: 0", "bad: 0")) != scored);
}

TEST_CASE("a score that waits for expiry may change what it makes of its facts, but not which facts it waits for") {
  const std::string rules = rule_text("R1", "n > 5 and m > 5", "n: {count: true, within: 60s}\nm: {sum: amount, within: 60s}");
  const std::string score =
      "scores:\n  s:\n    on: events\n    by: account_id\n    recompute: event_and_expiry\n    start: 100\n    facts: {n: {count: true, within: "
      "60s}, m: {sum: amount, within: 60s}}\n    parts: {p: \"-n\"}\n    bands: {good: 80, poor: 0}\n    initial_band: good\n";
  const std::uint64_t before = facts_hash(rules, score);
  CHECK(facts_hash(rules, replaced(score, "\"-n\"", "\"-2 * n\"")) == before);
  CHECK(facts_hash(rules, replaced(score, "\"-n\"", "\"if(n > 3, -5, 0)\"")) == before);
  CHECK(facts_hash(rules, replaced(score, "\"-n\"", "\"-5\"")) != before);
  CHECK(facts_hash(rules, replaced(score, "\"-n\"", "\"if(m > 3, -n, 0)\"")) != before);
  // Without timers nothing in the state depends on it.
  const std::string at_events = replaced(score, "event_and_expiry", "event");
  CHECK(facts_hash(rules, replaced(at_events, "\"-n\"", "\"-5\"")) == facts_hash(rules, at_events));
}

TEST_CASE("keys are told apart by their fields and lie in a fixed order") {
  const std::string by_device = replaced(rule_text("R2", "n > 5", "n: {count: true, within: 60s}"), "by: account_id", "by: device_id");
  const std::string by_both = replaced(rule_text("R3", "n > 5", "n: {count: true, within: 60s}"), "by: account_id", "by: [device_id, account_id]");
  const Plan plan = plan_of(with_rules(by_both + by_device + rule_text("R1", "n > 5", "n: {count: true, within: 60s}")));
  REQUIRE(plan.keys.size() == 3);
  CHECK(plan.keys[0].by == std::vector<std::string>{"account_id"});
  CHECK(plan.keys[1].by == std::vector<std::string>{"device_id"});
  CHECK(plan.keys[2].by == std::vector<std::string>{"device_id", "account_id"});
  CHECK(plan.keys[2].fields[0] == KeyFields{3, 2});
  CHECK(plan.inputs[0].driver_key == 0);
  CHECK(plan.keys[0].facts[0].fingerprint != plan.keys[1].facts[0].fingerprint);
}

TEST_CASE("only fields that something reads are wanted") {
  const Plan plan = plan_of(with_rules(rule_text("R1", "n > 5 and age > 3", "n: {sum: amount, within: 60s, where: ok}", "    say: \"{rate}\"\n")));
  const Schema& schema = plan.inputs[0].schema;
  std::set<std::string> wanted;
  for (std::size_t field = 0; field < schema.fields.size(); ++field) {
    if ((plan.inputs[0].wanted >> field & 1U) != 0) wanted.insert(schema.fields[field].name);
  }
  CHECK(wanted == std::set<std::string>{"event_id", "event_time", "account_id", "amount", "ok", "age", "rate"});
}

TEST_CASE("facts have the types of the reference") {
  const auto type_of = [](const std::string& fact) {
    return to_text(plan_of(with_rules(rule_text("R1", "known(a)", "a: " + fact))).keys[0].facts[0].type);
  };
  CHECK(type_of("{count: true, within: 1m}") == "integer");
  CHECK(type_of("{sum: fee, within: 1m}") == "money USD");
  CHECK(type_of("{avg: amount, within: 1m}") == "decimal(6)");
  CHECK(type_of("{avg: rate, within: 1m}") == "decimal(9)");
  CHECK(type_of("{avg: age, within: 1m}") == "decimal(4)");
  CHECK(type_of("{max: event_time, within: 1m}") == "time");
  CHECK(type_of("{first_seen: device_id, last: 8}") == "bool");
  CHECK(type_of("{previous: device_id}") == "string");
  CHECK(type_of("{since_previous: true}") == "duration");
  CHECK(type_of("{geo_speed: [lat, lon]}") == "integer");
}

TEST_CASE("a sentence is text and values in turn") {
  const Plan plan = plan_of(with_rules(rule_text("R1", "n > 5", "n: {count: true, within: 60s}", "    say: \"{n} of {{x}} at {amount * 2}\"\n")));
  const Sentence& sentence = plan.keys[0].rules[0].sentence;
  CHECK(sentence.texts == std::vector<std::string>{"", " of {x} at ", ""});
  REQUIRE(sentence.values.size() == 2);
  CHECK(sentence.values[1].operation == Operation::kMultiply);
}

TEST_CASE("a score's parts and bands have its own scale") {
  const Plan plan = plan_of(with_rules(rule_text("R1", "score.s < 50.5"),
                                       "scores:\n  s:\n    on: events\n    by: account_id\n    recompute: event\n    start: 100\n    parts: {p: "
                                       "\"-min(40, age)\", q: \"-amount / 4\", r: 2}\n    bands: {good: 80.5, poor: 0}\n    initial_band: poor\n"));
  const ScorePlan& score = plan.keys[0].scores[0];
  CHECK(to_text(score.type) == "decimal(6)");
  CHECK(score.start == 100'000'000);
  CHECK(score.bands[0].from == 80'500'000);
  CHECK(score.initial_band == 1);
  CHECK(score.parts[0].value.operation == Operation::kRescale);
  CHECK(score.parts[2].value.constant == 2'000'000);
  CHECK(plan.keys[0].rules[0].fire.arguments[0].operation == Operation::kScore);
}

TEST_CASE("measures derive from those before them") {
  const Plan plan =
      plan_of(with_rules(rule_text("R1", "ok"),
                         "totals:\n  t:\n    on: events\n    by: account_id\n    window: 5m\n    allowed_lateness: 0s\n    measures:\n      count: "
                         "{count: true}\n      max: {max: amount}\n      rate: {derive: count / 5}\n      twice: {derive: 2 * rate}\n"));
  const TotalPlan& total = plan.keys[0].totals[0];
  REQUIRE(total.measures.size() == 4);
  CHECK(total.window_ms == 300'000);
  CHECK(to_text(total.measures[2].type) == "decimal(6)");
  CHECK(total.measures[3].derived->arguments[1].position == 2);
}

TEST_CASE("a resolved text loads to the same plan, and comments and quotes do not change it") {
  const std::string text = with_rules(rule_text("R1", "n > 5 and device_id != 'it''s \"x\" \\ y'",
                                                "n: {count: true, within: 60s, where: \"type == 'card_payment'\"}", "    say: '{n} \"payments\"'\n"));
  const LoadResult first = load_resolved(text);
  REQUIRE(first.plan);
  const LoadResult second = load_resolved(first.resolved);
  INFO(first.resolved << testing::all_findings(second));
  REQUIRE(second.plan);
  CHECK(second.plan->hash == first.plan->hash);
  CHECK(second.plan->facts_hash == first.plan->facts_hash);
  CHECK(second.resolved == first.resolved);
  const LoadResult commented = load_resolved("# a comment\n" + replaced(text, "version: 1", "version:   1   # the first"));
  REQUIRE(commented.plan);
  CHECK(commented.plan->hash == first.plan->hash);
  const LoadResult edited = load_resolved(replaced(text, "burst: 10", "burst: 11"));
  REQUIRE(edited.plan);
  CHECK(edited.plan->hash != first.plan->hash);
}

TEST_CASE("a text of invisible and control characters survives its resolved form") {
  const std::string text =
      with_rules(rule_text("R1", "ok", "n: {count: true, within: 60s}", "    say: \"a\\x7f \\L b \\P \\x85 \\xA0 \\uFEFF \\x07 c\"\n"));
  const LoadResult first = load_resolved(text);
  INFO(testing::all_findings(first));
  REQUIRE(first.plan);
  const LoadResult second = load_resolved(first.resolved);
  INFO(first.resolved << testing::all_findings(second));
  REQUIRE(second.plan);
  CHECK(second.plan->keys[0].rules[0].sentence.texts == first.plan->keys[0].rules[0].sentence.texts);
  CHECK(second.resolved == first.resolved);
}

TEST_CASE("whatever a folder holds within its limits is loaded again from its resolved form") {
  // Just below a file's limit, of characters that take two bytes in the resolved form, and all in one line there.
  std::string description = "    description: |\n";
  for (int line = 0; line < 120; ++line) description += "      " + std::string(8'000, '"') + "\n";
  const testing::ScratchDirectory folder;
  std::ofstream(folder.inner("ruleset.yaml")) << with_rules(rule_text("R1", "ok", "n: {count: true, within: 60s}", description));
  const LoadResult first = load_rule_set(folder.path().string());
  INFO(testing::all_findings(first));
  REQUIRE(first.plan);
  CHECK(first.resolved.size() > (1U << 20U));
  const LoadResult second = load_resolved(first.resolved);
  INFO(testing::all_findings(second));
  REQUIRE(second.plan);
  CHECK(second.plan->hash == first.plan->hash);
}

}  // namespace reckoner
