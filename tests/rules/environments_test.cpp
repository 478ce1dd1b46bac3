// What environments change, and what they leave.
#include "rules/environments.hpp"

#include <string>

#include "rule_set_text.hpp"
#include "rules/load.hpp"
#include "support/finding_case.hpp"

namespace reckoner {

namespace {

using testing::all_findings;
using testing::CaseFiles;
using testing::CaseFolder;

constexpr std::string_view kShared = R"yaml(macros: {large: amount > 100.00}
lists:
  blocked: {owner: risk, entries: "value\nD1\n"}
limits: {max_per_key: 500}
totals:
  by_5m:
    on: events
    by: account_id
    window: 5m
    allowed_lateness: 1m
    measures: {count: {count: true}}
scores:
  health:
    on: events
    by: account_id
    recompute: event
    start: 100
    parts: {busy: "-min(40, shared)"}
    bands: {good: 80, poor: 0}
    initial_band: good
facts:
  shared: {count: true, within: 24h, on: events}
exceptions:
  planned: {rules: R1, reason: a test, owner: risk, from: 2026-01-01, until: 2026-01-05}
)yaml";

constexpr std::string_view kRule = R"(id: R1
title: A rule
severity: high
on: events
by: account_id
facts:
  n: {count: true, within: 60s, where: large}
fire: n >= param.burst and device_id in list.blocked
dedup: device_id
hold: 1h
columns: {age: age}
)";

// `environments` is indented by two blanks.
CaseFiles files_with(std::string_view environments) {
  return {{"ruleset.yaml", fmt::format("{}{}environments:\n{}", testing::kInputsText, kShared, environments)},
          {"rules/R1.yaml", std::string(kRule)},
          {"a.csv", "value\nD2\n"},
          {"tests/all.yaml", "R1 R2"}};
}

LoadResult loaded(std::string_view environments, const std::string& name) {
  const CaseFolder folder(files_with(environments));
  return load_rule_set(folder.path(), name);
}

// The plan in the environment "there".
Plan plan_there(std::string_view overrides) {
  LoadResult result = loaded(fmt::format("  there: {}\n", overrides), "there");
  INFO(overrides << "\n" << all_findings(result));
  REQUIRE(result.plan.has_value());
  return std::move(*result.plan);
}

const RulePlan& rule_of(const Plan& plan, std::string_view id = "R1") {
  for (const KeyPlan& key : plan.keys) {
    for (const RulePlan& rule : key.rules) {
      if (rule.id == id) return rule;
    }
  }
  FAIL("no rule " << id);
  return plan.keys.front().rules.front();
}

std::string linted(std::string_view environments, const std::string& name = {}) {
  const CaseFolder folder(files_with(environments));
  return all_findings(lint_rule_set(folder.path(), name));
}

// That the environment changes the plan as changing the text of the rule set does.
void check_same(std::string_view overrides, std::string_view file, std::string_view written, std::string_view changed) {
  CaseFiles files = files_with("  none: {}\n");
  std::string& text = files[std::string(file)];
  const std::size_t at = text.find(written);
  INFO(overrides);
  REQUIRE(at != std::string::npos);
  text.replace(at, written.size(), changed);
  const CaseFolder folder(files);
  const LoadResult edited = load_rule_set(folder.path());
  INFO(all_findings(edited));
  REQUIRE(edited.plan.has_value());
  const LoadResult there = loaded(fmt::format("  there: {}\n", overrides), "there");
  INFO(all_findings(there));
  REQUIRE(there.plan.has_value());
  CHECK(there.resolved == edited.resolved);
  CHECK(there.plan->hash == edited.plan->hash);
  CHECK(there.plan->facts_hash == edited.plan->facts_hash);
}

}  // namespace

TEST_CASE("an environment replaces one value by name, whatever it is of") {
  check_same("{parameters: {burst: 3}}", "ruleset.yaml", "burst: 10", "burst: 3");
  check_same("{macros: {large: amount > 5.00}}", "ruleset.yaml", "amount > 100.00", "amount > 5.00");
  check_same("{limits: {max_per_key: 70}}", "ruleset.yaml", "max_per_key: 500", "max_per_key: 70");
  check_same("{inputs: {events: {out_of_orderness: 9s}}}", "ruleset.yaml", "out_of_orderness: 5s", "out_of_orderness: 9s");
  check_same("{totals: {by_5m: {allowed_lateness: 2m}}}", "ruleset.yaml", "allowed_lateness: 1m", "allowed_lateness: 2m");
  check_same("{scores: {health: {start: 90}}}", "ruleset.yaml", "start: 100", "start: 90");
  check_same("{exceptions: {planned: {until: 2026-01-09}}}", "ruleset.yaml", "until: 2026-01-05", "until: 2026-01-09");
  check_same("{lists: {blocked: {entries: \"value\\nD7\\n\"}}}", "ruleset.yaml", "D1", "D7");
  check_same("{rules: {R1: {severity: low}}}", "rules/R1.yaml", "severity: high", "severity: low");
  check_same("{rules: {R1: {fire: n >= 2}}}", "rules/R1.yaml", "n >= param.burst and device_id in list.blocked", "n >= 2");
}

TEST_CASE("a field that the rule set leaves to its default can be given by an environment") {
  const Plan plan = plan_there("{rules: {R1: {renotify: 10m, runbook: 'https://runbooks/R1'}}}");
  CHECK(rule_of(plan).renotify_ms == 600'000);
  CHECK(rule_of(plan).runbook == "https://runbooks/R1");
}

TEST_CASE("an entry of a mapping of names is replaced as a whole") {
  check_same("{rules: {R1: {facts: {n: {count: true, within: 30s}}}}}", "rules/R1.yaml", "within: 60s, where: large", "within: 30s");
  check_same("{facts: {shared: {count: true, within: 1h, on: events}}}", "ruleset.yaml", "within: 24h", "within: 1h");
  check_same("{scores: {health: {parts: {busy: \"-min(7, shared)\"}}}}", "ruleset.yaml", "-min(40, shared)", "-min(7, shared)");
  check_same("{totals: {by_5m: {measures: {count: {sum: amount}}}}}", "ruleset.yaml", "{count: {count: true}}", "{count: {sum: amount}}");
}

TEST_CASE("lists and mappings are replaced as a whole, or added to, as the environment says") {
  check_same("{rules: {R1: {replace: {dedup: [type]}}}}", "rules/R1.yaml", "dedup: device_id", "dedup: [type]");
  check_same("{rules: {R1: {add: {dedup: type}}}}", "rules/R1.yaml", "dedup: device_id", "dedup: [device_id, type]");
  check_same("{rules: {R1: {add: {dedup: [type, age]}}}}", "rules/R1.yaml", "dedup: device_id", "dedup: [device_id, type, age]");
  check_same("{rules: {R1: {replace: {columns: {kind: type}}}}}", "rules/R1.yaml", "{age: age}", "{kind: type}");
  check_same("{rules: {R1: {add: {columns: {kind: type}}}}}", "rules/R1.yaml", "{age: age}", "{age: age, kind: type}");
  check_same("{scores: {health: {replace: {bands: {good: 50, poor: 0}}}}}", "ruleset.yaml", "{good: 80, poor: 0}", "{good: 50, poor: 0}");
  const Plan plan = plan_there(
      "{exceptions: {planned: {add: {rules: R2}}}, add: {rules: [{id: R2, title: T, severity: low, on: events, by: account_id, fire: age > 5}]}}");
  CHECK(rule_of(plan, "R1").exceptions.size() == 1);
  CHECK(rule_of(plan, "R2").exceptions.size() == 1);
}

TEST_CASE("an environment can have what the rule set lacks") {
  const Plan plan = plan_there(
      "{add: {parameters: {few: 2}, macros: {old: age > 60}, rules: [{id: R2, title: Trial, severity: low, on: events, by: account_id,"
      " fire: age >= param.few and old}], exceptions: {quiet: {rules: R2, reason: a trial, owner: risk, from: 2026-01-01, until: 2026-02-01}},"
      " facts: {more: {count: true, within: 1h, on: events}}}}");
  CHECK(rule_of(plan, "R2").title == "Trial");
  CHECK(plan.exceptions.size() == 2);
  CHECK(linted("  there: {add: {rules: [{id: R9, title: T, severity: low, on: events, by: account_id, fire: age > 5}]}}\n").find("R9") ==
        std::string::npos);
  CHECK(loaded("  there: {add: {parameters: {few: 2}}}\n", "").resolved.find("few") == std::string::npos);
}

TEST_CASE("the order in which an environment names things means nothing") {
  const std::string one =
      loaded("  there: {parameters: {burst: 3, span: 6m}, rules: {R1: {severity: low, add: {columns: {kind: type}}, hold: 2h}}}\n", "there").resolved;
  const std::string other =
      loaded("  there: {rules: {R1: {hold: 2h, add: {columns: {kind: type}}, severity: low}}, parameters: {span: 6m, burst: 3}}\n", "there").resolved;
  CHECK(one == other);
  CHECK(one.find("severity: low") != std::string::npos);
}

TEST_CASE("what is kept of a rule set in an environment needs no environment to be loaded again") {
  const LoadResult there =
      loaded("  there: {parameters: {burst: 3}, rules: {R1: {severity: low}}, lists: {blocked: {description: other}}}\n", "there");
  REQUIRE(there.plan.has_value());
  CHECK(there.resolved.find("environments") == std::string::npos);
  const LoadResult again = load_resolved(there.resolved);
  INFO(there.resolved << all_findings(again));
  REQUIRE(again.plan.has_value());
  CHECK(again.plan->hash == there.plan->hash);
  CHECK(again.resolved == there.resolved);
  CHECK(rule_of(*again.plan).severity == "low");
}

TEST_CASE("an environment changes neither the name nor the version, and the rule set as it stands not at all") {
  const LoadResult base = loaded("  there: {parameters: {burst: 3}}\n", "");
  const LoadResult edited = loaded("  there: {parameters: {burst: 4}}\n  elsewhere: {}\n", "");
  const LoadResult there = loaded("  there: {parameters: {burst: 3}}\n", "there");
  REQUIRE((base.plan && edited.plan && there.plan));
  CHECK(there.plan->rule_set == base.plan->rule_set);
  CHECK(there.plan->version == base.plan->version);
  CHECK(there.plan->hash != base.plan->hash);
  CHECK(edited.plan->hash == base.plan->hash);
  CHECK(edited.environments == std::vector<std::string>{"there", "elsewhere"});
}

TEST_CASE("an environment that is not declared is an error with the nearest name") {
  const LoadResult result = loaded("  staging: {parameters: {burst: 3}}\n", "stagin");
  CHECK_FALSE(result.plan.has_value());
  CHECK(all_findings(result) == "ruleset.yaml: error: no environment is named 'stagin'; did you mean 'staging'? [unknown-environment]\n");
}

TEST_CASE("there is a bound on the number of environments") {
  std::string environments;
  for (std::size_t i = 0; i <= kEnvironmentsMax; ++i) environments += fmt::format("  region{}: {{limits: {{max_per_key: {}}}}}\n", i, 10 + i);
  const LoadResult result = loaded(environments, "");
  CHECK(all_findings(result).find("65 environments, at most 64 fit") != std::string::npos);
  CHECK(result.environments.size() == kEnvironmentsMax);
}

TEST_CASE("a finding of an environment alone says of which, and where the value stands") {
  const std::string expected =
      "ruleset.yaml:48:31: error: in environment north: '3x' is no number, money, duration, true or false; put it in quotes if it is text "
      "[surprise]\n";
  CHECK(linted("  north: {parameters: {burst: 3x}}\n  south: {}\n") == expected);
  CHECK(all_findings(loaded("  north: {parameters: {burst: 3x}}\n  south: {}\n", "north")) == expected);
}

TEST_CASE("values of an environment that does not run are looked at by lint alone, its names by every load") {
  CHECK(loaded("  north: {parameters: {burst: 3x}}\n", "").plan.has_value());
  const LoadResult names = loaded("  north: {parameters: {brust: 3}}\n  south: {}\n", "south");
  CHECK_FALSE(names.plan.has_value());
  CHECK(all_findings(names) ==
        "ruleset.yaml:48:24: error: 'brust' is not among the parameters of the rule set; did you mean 'burst'? [unknown-override]\n");
}

TEST_CASE("lint looks at the environment that it is asked for, beside the rule set as it stands") {
  const std::string_view environments = "  north: {parameters: {burst: 3x}}\n  south: {rules: {R1: {fire: n >= 1x}}}\n";
  CHECK(linted(environments).find("in environment south") != std::string::npos);
  CHECK(linted(environments, "north").find("in environment north") != std::string::npos);
  CHECK(linted(environments, "north").find("south") == std::string::npos);
}

TEST_CASE("what is wrong in a rule set and in its environments too is told once") {
  CaseFiles files = files_with("  north: {limits: {max_per_key: 40}}\n  south: {limits: {max_per_key: 30}}\n");
  std::string& rule = files["rules/R1.yaml"];
  rule.replace(rule.find("n >= param.burst"), 16, "n >= param.brust");
  const CaseFolder folder(files);
  const std::string findings = all_findings(lint_rule_set(folder.path()));
  INFO(findings);
  CHECK(findings.find("'param.brust'") == findings.rfind("'param.brust'"));
  CHECK(findings.find("in environment") == std::string::npos);
  CHECK(all_findings(load_rule_set(folder.path(), "north")) == all_findings(load_rule_set(folder.path())));
}

TEST_CASE("a parameter keeps its type, and its currency unless the environment has fields of another one") {
  const auto findings = [](std::string_view overrides) { return all_findings(loaded(fmt::format("  there: {}\n", overrides), "")); };
  CHECK(findings("{parameters: {burst: 5m}}") ==
        "ruleset.yaml:48:31: error: this is duration, and the parameter is integer everywhere else; give it a value of the same type "
        "[type-mismatch]\n");
  CHECK(findings("{parameters: {cap: 5 EUR}}").find("ruleset.yaml:48:29: error: this is money EUR, and the parameter is money USD") == 0);
  CHECK(findings("{parameters: {burst: 1.5, limit: 3, cap: 7 USD}}").empty());
  CHECK(findings("{parameters: {cap: 5 EUR}, inputs: {events: {fields: {fee: {type: money, currency: EUR, scale: 2}}}}}").empty());
}

TEST_CASE("what is wrong in several environments is told once, with their names") {
  // Both take away what the rule of the rule set uses.
  const std::string both = linted(
      "  north: {rules: {R1: {replace: {facts: {m: {count: true, within: 1m}}}}}}\n  south: {rules: {R1: {replace: {facts: {m: {count: true, within: "
      "2m}}}}}}\n");
  INFO(both);
  CHECK(both.find("rules/R1.yaml:8:7: error: in environments north, south: nothing here is named 'n'") != std::string::npos);
}

TEST_CASE("an override that gives what is there is a warning, and hinders nothing") {
  const CaseFolder folder(files_with("  there: {parameters: {burst: 10}, rules: {R1: {severity: low, hold: 1h, add: {dedup: device_id}}}}\n"));
  const LoadResult result = lint_rule_set(folder.path());
  CHECK(result.plan.has_value());
  const std::string findings = all_findings(result);
  CHECK(findings.find("ruleset.yaml:48:31: warning: 'burst' has this value already; remove it [idle-override]") != std::string::npos);
  CHECK(findings.find("warning: 'hold' has this value already") != std::string::npos);
  CHECK(findings.find("warning: 'device_id' is in 'dedup' already") != std::string::npos);
  CHECK(findings.find("'severity'") == std::string::npos);
  CHECK(load_rule_set(folder.path()).diagnostics.empty());
}

TEST_CASE("warnings that an environment alone deserves are told of it") {
  const std::string findings = linted("  there: {parameters: {burst: 0}}\n");
  CHECK(findings.find("warning: in environment there: 'n >= 0' adds nothing") != std::string::npos);
}

TEST_CASE("the file of a list can be another one") {
  CaseFiles files = files_with("  there: {lists: {blocked: {file: a.csv}}}\n");
  std::string& text = files["ruleset.yaml"];
  text.replace(text.find("entries: \"value\\nD1\\n\""), 22, "file: b.csv");
  files["b.csv"] = "value\nD1\n";
  const CaseFolder folder(files);
  const LoadResult base = load_rule_set(folder.path());
  const LoadResult there = load_rule_set(folder.path(), "there");
  INFO(all_findings(base) << all_findings(there));
  REQUIRE((base.plan && there.plan));
  CHECK(base.resolved.find("D1") != std::string::npos);
  CHECK(there.resolved.find("D2") != std::string::npos);
  CHECK(there.resolved.find("D1") == std::string::npos);
}

TEST_CASE("rules that stand in ruleset.yaml can be overridden, and are kept beside those of files") {
  CaseFiles files = files_with("  there: {rules: {R0: {severity: critical}, R1: {severity: low}}}\n");
  files["ruleset.yaml"] += "rules:\n" + testing::rule_text("R0", "age > 5");
  const CaseFolder folder(files);
  const LoadResult there = load_rule_set(folder.path(), "there");
  INFO(all_findings(there));
  REQUIRE(there.plan.has_value());
  CHECK(rule_of(*there.plan, "R0").severity == "critical");
  CHECK(rule_of(*there.plan, "R1").severity == "low");
  const LoadResult again = load_resolved(there.resolved);
  INFO(all_findings(again));
  REQUIRE(again.plan.has_value());
  CHECK(again.plan->hash == there.plan->hash);
}

}  // namespace reckoner
