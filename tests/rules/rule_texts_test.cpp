#include "rules/rule_texts.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "operators/expression.hpp"
#include "rule_set_text.hpp"
#include "rules/expression_text.hpp"
#include "rules/load.hpp"
#include "support/finding_case.hpp"

namespace reckoner {

namespace {

namespace fs = std::filesystem;
using testing::CaseFolder;

const testing::CaseFiles& files() {
  static const testing::CaseFiles made{
      {"ruleset.yaml",
       fmt::format("{}{}rules:\n{}\n\n# of environments\nenvironments:\n  there:\n    parameters: {{burst: 3}}\n    macros: {{large: fee > 7 USD}}\n"
                   "    rules:\n      R1: {{severity: low, facts: {{n: {{count: true, within: 30s, where: large}}}}, add: {{dedup: type}}}}\n"
                   "    add:\n      rules: [{{id: R2, title: Trial, severity: low, on: events, by: account_id, fire: age > 3}}]\n",
                   testing::kInputsText, "macros: {large: fee > param.cap or ok, late: \"large and kind_is\", kind_is: type == param.kind}\n",
                   testing::rule_text("R0", "age > 5"))},
      {"rules/R1.yaml",
       "# a comment\nid: R1\ntitle: A rule\nseverity: high\non: events\nby: account_id\nfacts:\n  n: {count: true, within: 60s, where: large}\n"
       "fire: n >= param.burst and not late\nsay: \"{n} of {{param.burst}} {param.burst}\"\nhold: 1h\ndedup: device_id\n"}};
  return made;
}

std::string text_of(const RuleTexts& texts, std::string_view id) {
  for (const Diagnostic& finding : texts.diagnostics) UNSCOPED_INFO(to_text(finding));
  for (const RuleText& rule : texts.rules) {
    if (rule.id == id) return rule.text;
  }
  FAIL("no rule " << id);
  return {};
}

// The rule set of a folder as it stands, with the rules in the place of its own; its environments stand last in ruleset.yaml.
LoadResult loaded_with(const std::string& folder, const RuleTexts& texts) {
  const testing::ScratchDirectory scratch;
  fs::copy(folder, scratch.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  for (const RuleText& rule : texts.rules) std::ofstream(scratch.path() / rule.file, std::ios::binary) << rule.text;
  std::string text = testing::whole_text(scratch.path() / "ruleset.yaml");
  text.resize(std::min(text.size(), text.find("\nenvironments:")));
  text += "\n";
  std::ofstream(scratch.path() / "ruleset.yaml", std::ios::binary) << text;
  return load_rule_set(scratch.path().string());
}

std::string meaning(const Plan& plan) {
  std::string text = fmt::format("{:016x}\n", plan.facts_hash);
  for (const KeyPlan& key : plan.keys) {
    for (const RulePlan& rule : key.rules) {
      text += fmt::format("{} {} {} {} {}", rule.id, rule.severity, rule.code, canonical_text(rule.fire), rule.hold_ms);
      for (const Expression& value : rule.sentence.values) text += " " + canonical_text(value);
      for (const auto& [name, value] : rule.columns) text += " " + canonical_text(value);
      text += "\n";
    }
  }
  return text;
}

}  // namespace

TEST_CASE("rules are shown as they are written") {
  const CaseFolder folder(files());
  const RuleTexts texts = written_rules(folder.path());
  CHECK(text_of(texts, "R1") == files().at("rules/R1.yaml"));
  CHECK(text_of(texts, "R0") == testing::rule_text("R0", "age > 5"));
}

TEST_CASE("a resolved rule has macros and parameters filled in and its defaults stated") {
  const CaseFolder folder(files());
  CHECK(text_of(resolved_rules(folder.path()), "R1") == R"yaml(# rules/R1.yaml
id: R1
title: "A rule"
severity: high
on: events
by: account_id
facts:
  n:
    count: true
    within: 60s
    where: "fee > 200.00 USD or ok"
    on: events  # default
    by: account_id  # default
fire: "n >= 10 and not ((fee > 200.00 USD or ok) and (type == 'transfer_out'))"
code: R1  # default
say: "{n} of {{param.burst}} {10}"
evaluation: arrival  # default
missing: unknown  # default
fail: open  # default
hold: 1h
dedup: device_id
)yaml");
}

TEST_CASE("a resolved rule says what an environment gave") {
  const CaseFolder folder(files());
  const RuleTexts texts = resolved_rules(folder.path(), "there");
  CHECK(text_of(texts, "R1") == R"yaml(# rules/R1.yaml, in environment there
id: R1
title: "A rule"
severity: low  # environment there
on: events
by: account_id
facts:
  n:  # environment there
    count: true
    within: 30s
    where: "fee > 7 USD"  # large of environment there
    on: events  # default
    by: account_id  # default
fire: "n >= 3 and not ((fee > 7 USD) and (type == 'transfer_out'))"  # param.burst, large of environment there
code: R1  # default
say: "{n} of {{param.burst}} {3}"  # param.burst of environment there
evaluation: arrival  # default
missing: unknown  # default
fail: open  # default
hold: 1h
dedup:
  - device_id
  - type  # environment there
)yaml");
  CHECK(text_of(texts, "R2").starts_with("# ruleset.yaml, added by environment there\nid: R2\ntitle: Trial\nseverity: low\n"));
}

TEST_CASE("a rule set with findings, or without the environment, has no resolved rules") {
  const CaseFolder folder(files());
  const RuleTexts texts = resolved_rules(folder.path(), "ther");
  CHECK(texts.rules.empty());
  REQUIRE(texts.diagnostics.size() == 1);
  CHECK(to_text(texts.diagnostics.front()).find("did you mean 'there'?") != std::string::npos);
}

TEST_CASE("resolved rules mean what the rules of the examples mean") {
  for (const char* example : {"card-fraud", "change-events", "detections", "payment-patterns", "seed"}) {
    const std::string folder = fmt::format("{}/examples/{}", RECKONER_SOURCE_DIR, example);
    const LoadResult base = load_rule_set(folder);
    REQUIRE(base.plan.has_value());
    std::vector<std::string> environments = base.environments;
    environments.emplace_back();
    for (const std::string& environment : environments) {
      INFO(example << " " << environment);
      const RuleTexts texts = resolved_rules(folder, environment);
      CHECK(texts.rules.size() >= 2);
      const LoadResult again = loaded_with(folder, texts);
      INFO(testing::all_findings(again));
      REQUIRE(again.plan.has_value());
      CHECK(meaning(*again.plan) == meaning(*load_rule_set(folder, environment).plan));
    }
  }
}

}  // namespace reckoner
