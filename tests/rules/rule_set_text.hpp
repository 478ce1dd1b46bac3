// Rule sets for tests: a base with one input of every type, into which a test puts its own parts.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "rules/load.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

inline constexpr std::string_view kInputsText = R"(ruleset: test
version: 1
inputs:
  events:
    time: event_time
    out_of_orderness: 5s
    id: event_id
    key: account_id
    fields:
      event_id:   {type: string, required: true}
      event_time: {type: time, required: true}
      account_id: {type: string, required: true}
      device_id:  {type: string}
      type:       {type: enum, names: [card_payment, transfer_out, transfer_in]}
      amount:     {type: decimal, scale: 2}
      fee:        {type: money, currency: USD, scale: 2}
      rate:       {type: decimal, scale: 6}
      age:        {type: integer}
      ok:         {type: bool}
      lat:        {type: decimal, scale: 6}
      lon:        {type: decimal, scale: 6}
parameters: {burst: 10, limit: 200.00, span: 5m, cap: "200.00 USD", kind: 'transfer_out', on_hold: true}
)";

// A rule as an item of `rules:`; `facts` are lines like "n: {count: true, within: 60s}".
inline std::string rule_text(std::string_view id, std::string_view fire, std::string_view facts = "unused: {count: true, within: 1s}",
                             std::string_view more = "") {
  std::string indented;
  for (const char letter : facts) {
    indented += letter;
    if (letter == '\n') indented += "        ";
  }
  return fmt::format(
      "  - id: {}\n    title: A rule\n    severity: low\n    on: events\n    by: account_id\n    facts:\n        {}\n    fire: >-\n      {}\n{}", id,
      indented, fire, more);
}

inline std::string with_rules(std::string_view rules, std::string_view more = "") { return fmt::format("{}{}rules:\n{}", kInputsText, more, rules); }

inline std::string all_findings(const LoadResult& result) {
  std::string text;
  for (const Diagnostic& diagnostic : result.diagnostics) text += to_text(diagnostic) + "\n";
  return text;
}

// The plan of a rule set that must be without findings.
inline Plan plan_of(const std::string& text) {
  const LoadResult result = load_resolved(text);
  INFO(text << "\n" << all_findings(result));
  REQUIRE(result.plan.has_value());
  return *result.plan;
}

// The condition of a single rule.
inline Expression fire_of(std::string_view fire, std::string_view facts = "unused: {count: true, within: 1s}") {
  return plan_of(with_rules(rule_text("R1", fire, facts))).keys[0].rules[0].fire;
}

}  // namespace reckoner::testing
