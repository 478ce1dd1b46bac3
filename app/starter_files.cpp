#include "app/starter_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reckoner {

namespace {

std::string modeline(std::string_view schema, std::string_view up) {
  return fmt::format("# yaml-language-server: $schema={}schemas/{}.schema.json\n", up, schema);
}

std::string rule_set_file(std::string_view name) {
  return modeline("ruleset", "") + fmt::format(R"(ruleset: {}
version: 1
description: What it watches over, in a sentence

inputs:
  transactions:
    time: occurred_at
    out_of_orderness: 5s
    id: transaction_id
    dedupe: {{within: 1h}}
    amount: amount
    key: account_id
    fields:
      transaction_id: {{type: string, required: true}}
      occurred_at:    {{type: time, format: rfc3339, required: true}}
      account_id:     {{type: string, required: true}}
      type:           {{type: enum, required: true, names: [card_payment, transfer_out, transfer_in]}}
      amount:         {{type: money, currency: USD, scale: 2, required: true, min: 0.01 USD}}
)",
                                               name);
}

constexpr std::string_view kFirstRule = R"(id: VEL-01
title: Velocity burst
description: Ten or more card payments of one account within five minutes.
severity: high
on: transactions
by: account_id
facts:
  payments: {count: true, within: 5m, where: "type == 'card_payment'"}
  spent:    {sum: amount, within: 5m, where: "type == 'card_payment'"}
fire: type == 'card_payment' and payments >= 10
say: "{payments} card payments within 5 minutes, {spent} together"
)";

constexpr std::string_view kFirstTest = R"(tests:
  - name: the tenth card payment within five minutes fires
    steps:
      - {at: "10:00", send: {transactions: {}}, times: 9, every: 30s, expect: []}
      - {at: "10:04:30", send: {transactions: {}}, expect: [{rule: VEL-01, account_id: A, payments: 10, spent: 200 USD}]}

  - name: ten that take five minutes are too slow
    steps:
      - {at: "10:00", send: {transactions: {}}, times: 9, every: 30s}
      - {at: "10:05", send: {transactions: {}}, expect: {alerts: [], values: {payments: 9}}}
      - {at: "10:06", send: {transactions: {type: transfer_out}}, expect: []}
)";

constexpr std::string_view kFirstDefaults = R"(defaults:
  transactions: {account_id: A, type: card_payment, amount: 20.00 USD}
)";

std::string job_file(std::string_view name) {
  return modeline("job", "") + fmt::format(R"(job: {}
ruleset: .
inputs:
  transactions:
    files: [data/transactions.jsonl]
    format: jsonl
outputs: {{dir: out}}
state: {{dir: state}}
)",
                                           name);
}

// Some value that fits the field; a pattern may refuse it, which the first run of the test tells.
std::string sample_value(const Field& field) {
  switch (field.type.kind) {
    case ValueKind::kBool:
      return "true";
    case ValueKind::kEnum:
      return field.type.names->front();
    case ValueKind::kString:
      return "A";
    case ValueKind::kTime:
      return "\"10:00\"";
    default:
      break;
  }
  std::int64_t value = 1;
  for (int digit = 0; digit < field.type.scale; ++digit) value *= 10;
  if (field.minimum) value = std::max(value, *field.minimum);
  if (field.maximum) value = std::min(value, *field.maximum);
  return to_text(field.type, value);
}

}  // namespace

StarterFiles starter_rule_set(std::string_view name) {
  return {{"ruleset.yaml", rule_set_file(name)},
          {"rules/velocity-burst.yaml", modeline("rule", "../") + std::string(kFirstRule)},
          {"rules/velocity-burst.test.yaml", modeline("tests", "../") + std::string(kFirstTest)},
          {"tests/defaults.yaml", modeline("test-defaults", "../") + std::string(kFirstDefaults)},
          {"job.yaml", job_file(name)}};
}

StarterFiles starter_rule(std::string_view name, const Plan& plan, bool has_test_defaults) {
  const InputPlan& input = plan.inputs.front();
  const KeyPlan& key = plan.keys[input.driver_key];
  std::string by;
  for (const std::string& one : key.by) by += fmt::format("{}{}", by.empty() ? "" : ", ", one);
  if (key.by.size() > 1) by = fmt::format("[{}]", by);
  const std::string rule = fmt::format(
      "{}id: {}\ntitle: What it finds, in one line\nseverity: medium\non: {}\nby: {}\nfacts:\n  records: {{count: true, within: 1h}}\n"
      "fire: records >= 10\nsay: \"{{records}} records within an hour\"\n",
      modeline("rule", "../"), name, input.schema.input, by);
  std::string defaults;
  for (std::size_t position = 0; position < input.schema.fields.size(); ++position) {
    const Field& field = input.schema.fields[position];
    const bool is_given = position == input.schema.event_time || input.schema.id == position;
    if (field.required && !is_given && !has_test_defaults) defaults += fmt::format("    {}: {}\n", field.name, sample_value(field));
  }
  if (!defaults.empty()) defaults = fmt::format("defaults:\n  {}:\n{}", input.schema.input, defaults);
  const std::string test = fmt::format(
      "{0}{1}tests:\n  - name: the tenth record within an hour fires\n    steps:\n"
      "      - {{at: \"10:00\", send: {{{2}: {{}}}}, times: 9, every: 6m, expect: []}}\n"
      "      - {{at: \"10:54\", send: {{{2}: {{}}}}, expect: [{{rule: {3}, records: 10}}]}}\n\n"
      "  - name: ten that take longer stay quiet\n    steps:\n"
      "      - {{at: \"10:00\", send: {{{2}: {{}}}}, times: 10, every: 7m, expect: {{alerts: [], values: {{records: 9}}}}}}\n",
      modeline("tests", "../"), defaults, input.schema.input, name);
  return {{fmt::format("rules/{}.yaml", name), rule}, {fmt::format("rules/{}.test.yaml", name), test}};
}

}  // namespace reckoner
