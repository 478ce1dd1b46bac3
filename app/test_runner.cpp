#include "app/test_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/row_text.hpp"
#include "app/test_shuffle.hpp"

namespace reckoner {

namespace {

std::vector<std::uint64_t> announced_of(const TestCase& test, std::size_t inputs) {
  std::vector<std::uint64_t> announced(inputs);
  for (const TestStep& step : test.steps) {
    for (const TestRecord& record : step.records) ++announced[record.input];
  }
  return announced;
}

std::vector<const TestRecord*> pointers_to(const std::vector<TestRecord>& records) {
  std::vector<const TestRecord*> pointers;
  pointers.reserve(records.size());
  for (const TestRecord& record : records) pointers.push_back(&record);
  return pointers;
}

const RulePlan* find_rule(const Plan& plan, const std::string& id, std::size_t& key) {
  for (key = 0; key < plan.keys.size(); ++key) {
    for (const RulePlan& rule : plan.keys[key].rules) {
      if (rule.id == id) return &rule;
    }
  }
  return nullptr;
}

}  // namespace

ProbedValue TestRunner::fact_value(const SeenRecord& seen, std::size_t position) const {
  const ProbedValue& value = seen.values.facts[position];
  const ValueType& type = tested_.plan->keys[seen.values.key].facts[position].type;
  return value && type.kind == ValueKind::kMoney ? fmt::format("{} {}", *value, type.currency_text()) : value;
}

ColumnLookUp TestRunner::look_up(const StepOutcome& outcome, OutputId output, const std::string& row) const {
  return [this, &outcome, output, &row](const std::string& column) -> std::optional<ProbedValue> {
    if (const std::optional<std::string> found = text_in_row(row, column)) return *found == "null" ? ProbedValue{} : found;
    if (output != OutputId::kAlerts) return std::nullopt;
    std::size_t key = 0;
    const std::string id = text_in_row(row, "rule").value_or("");
    const RulePlan* rule = find_rule(*tested_.plan, id, key);
    const std::string trigger = text_in_row(row, "trigger").value_or("");
    const auto seen = std::find_if(outcome.seen.begin(), outcome.seen.end(), [&](const SeenRecord& one) {
      return one.values.key == key && trigger == fmt::format("{}/0/{}", tested_.plan->inputs[one.values.input].schema.input, one.values.record);
    });
    if (rule == nullptr || seen == outcome.seen.end()) return std::nullopt;
    if (const NamedFact* fact = tested_.names->find_in_rule(id, column)) {
      const std::optional<std::uint32_t> position = position_seen_by(*tested_.plan, key, *fact);
      if (!position) return std::nullopt;
      return fact_value(*seen, *position);
    }
    const KeyPlan& plan = tested_.plan->keys[key];
    for (std::size_t score = 0; score < plan.scores.size(); ++score) {
      if (column == "score." + plan.scores[score].name) return seen->values.scores[score];
    }
    const Schema& schema = tested_.plan->inputs[rule->input].schema;
    const std::optional<std::size_t> field = schema.find(column);
    if (!field) return std::nullopt;
    if (seen->record == nullptr) return seen->values.fields[*field];
    const std::string& path = schema.fields[*field].path;
    const std::optional<std::string> sent = text_in_row(seen->record->line, path.substr(path.rfind('.') + 1));
    return !sent || *sent == "null" ? ProbedValue{} : sent;
  };
}

std::optional<ProbedValue> TestRunner::value_of(const TestCase& test, const StepOutcome& outcome, const std::string& name) const {
  const auto last_of = [&](std::size_t key) {
    return std::find_if(outcome.seen.rbegin(), outcome.seen.rend(), [&](const SeenRecord& one) { return one.values.key == key; });
  };
  if (name.starts_with("score.")) {
    for (std::size_t key = 0; key < tested_.plan->keys.size(); ++key) {
      const std::vector<ScorePlan>& scores = tested_.plan->keys[key].scores;
      for (std::size_t score = 0; score < scores.size(); ++score) {
        if (const auto seen = last_of(key); scores[score].name == name.substr(6) && seen != outcome.seen.rend()) return seen->values.scores[score];
      }
    }
    return std::nullopt;
  }
  // The rules that the test is about come first, then the rule set's own facts, then whatever has that name.
  std::vector<const NamedFact*> candidates;
  candidates.reserve(test.rules.size() + 2 * tested_.names->groups.size());
  for (const std::string& rule : test.rules) candidates.push_back(tested_.names->find_in_rule(rule, name));
  for (const FactNames& group : tested_.names->groups) {
    candidates.push_back(group.find(name));
    if (name.starts_with(group.name + ".")) candidates.push_back(group.find(name.substr(group.name.size() + 1)));
  }
  for (const NamedFact* fact : candidates) {
    if (fact == nullptr) continue;
    // As a rule that the test is about sees it, or else as it is kept.
    std::vector<std::size_t> keys;
    for (const std::string& rule : test.rules) {
      if (find_rule(*tested_.plan, rule, keys.emplace_back()) == nullptr) keys.pop_back();
    }
    keys.push_back(fact->key);
    for (const std::size_t key : keys) {
      const std::optional<std::uint32_t> position = position_seen_by(*tested_.plan, key, *fact);
      if (const auto seen = last_of(key); position && seen != outcome.seen.rend()) return fact_value(*seen, *position);
    }
  }
  return std::nullopt;
}

Result<void> TestRunner::act(Rehearsal& rehearsal, const TestStep& step, const std::vector<const TestRecord*>& records, Sent& sent) const {
  switch (step.action) {
    case StepAction::kSend:
      for (const TestRecord* record : records) {
        rehearsal.add(record->input, record->line);
        sent[record->input].push_back(record);
      }
      return rehearsal.settle();
    case StepAction::kIdle:
      return rehearsal.idle(step.idle_ms);
    case StepAction::kCrash:
      return rehearsal.crash();
    case StepAction::kReplay:
      return rehearsal.replay();
  }
  return {};
}

StepOutcome TestRunner::collect(Rehearsal& rehearsal, const TestCase& test, const Sent& sent) {
  StepOutcome outcome;
  for (std::size_t output = 0; output < kOutputs; ++output) {
    std::vector<std::string> rows = rehearsal.take_rows(static_cast<OutputId>(output));
    if (static_cast<OutputId>(output) != OutputId::kAlerts) {
      outcome.rows[output] = std::move(rows);
      continue;
    }
    for (std::string& row : rows) {
      if (Probes::is_probe(row)) {
        SeenRecord seen{probes_.read(row), nullptr};
        if (seen.values.input < sent.size()) seen.record = sent[seen.values.input][seen.values.record];
        coverage_.add(seen.values);
        outcome.seen.push_back(std::move(seen));
        continue;
      }
      const std::string rule = text_in_row(row, "rule").value_or("");
      coverage_.add_alert(rule);
      if (test.rules.empty() || std::binary_search(test.rules.begin(), test.rules.end(), rule)) outcome.rows[output].push_back(std::move(row));
    }
  }
  return outcome;
}

TestVerdict TestRunner::run(const TestFile& file, const TestCase& test) {
  TestVerdict verdict;
  verdict.file = &file;
  verdict.test = &test;
  run_as_written(test, verdict);
  if (!test.shuffle) return verdict;
  for (std::uint32_t seed = 1; seed <= test.shuffle->seeds && verdict.passed(); ++seed) run_shuffled(test, seed, verdict);
  return verdict;
}

void TestRunner::run_as_written(const TestCase& test, TestVerdict& verdict) {
  const std::size_t inputs = read_inputs(*tested_.plan);
  Rehearsal rehearsal(ground_, announced_of(test, inputs));
  Sent sent(inputs);
  for (std::size_t i = 0; i < test.steps.size(); ++i) {
    const TestStep& step = test.steps[i];
    if (const Result<void> done = act(rehearsal, step, pointers_to(step.records), sent); !done) {
      verdict.failures.push_back({&step, i + 1, done.error().text, {}});
      return;
    }
    StepOutcome outcome = collect(rehearsal, test, sent);
    outcome.step = &step;
    outcome.number = i + 1;
    LimitsReached limits = limits_reached(*tested_.plan, rehearsal.shard(), rehearsal.spaces());
    outcome.limits = {limits.counts.max_keys - verdict.limits.counts.max_keys, limits.counts.max_per_key - verdict.limits.counts.max_per_key};
    verdict.limits = std::move(limits);
    check(test, outcome, verdict);
    verdict.steps.push_back(std::move(outcome));
  }
}

void TestRunner::check(const TestCase& test, const StepOutcome& outcome, TestVerdict& verdict) const {
  const Expectation* expectation = outcome.step->expectation ? &*outcome.step->expectation : nullptr;
  for (std::size_t output = 0; output < kOutputs; ++output) {
    const auto id = static_cast<OutputId>(output);
    const ExpectedRows* expected = expectation == nullptr ? nullptr : expectation->find(id);
    const bool any = id == OutputId::kAlerts && expectation != nullptr && expectation->any_alerts;
    // Coming back must let nothing out; an alert or a rejected record that no step expects is one that nobody looked at.
    const bool must_be_none = outcome.step->action == StepAction::kCrash || outcome.step->action == StepAction::kReplay || id == OutputId::kAlerts ||
                              id == OutputId::kDeadLetters;
    if (expected != nullptr || (must_be_none && !any)) check_rows(test, outcome, id, expected, verdict);
  }
  if (expectation != nullptr) check_values(test, outcome, *expectation, verdict);
  if (expectation != nullptr && expectation->limits) check_limits(outcome, *expectation->limits, verdict);
}

void TestRunner::check_limits(const StepOutcome& outcome, const LimitCounts& expected, TestVerdict& verdict) {
  if (outcome.limits == expected) return;
  verdict.failures.push_back({outcome.step,
                              outcome.number,
                              "limits are not as expected",
                              {"! expected  " + limits_as_expected(expected), "! got       " + limits_as_expected(outcome.limits)}});
}

void TestRunner::check_rows(const TestCase& test, const StepOutcome& outcome, OutputId output, const ExpectedRows* expected,
                            TestVerdict& verdict) const {
  static const std::vector<ExpectedRow> none;
  const std::vector<ExpectedRow>& wanted = expected == nullptr ? none : expected->rows;
  const std::vector<std::string>& found = outcome.rows[static_cast<std::size_t>(output)];
  bool same = wanted.size() == found.size();
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::max(wanted.size(), found.size()); ++i) {
    const ColumnLookUp columns = i < found.size() ? look_up(outcome, output, found[i]) : ColumnLookUp{};
    const bool agrees = i < wanted.size() && i < found.size() && same_row(wanted[i], columns, test.start_ms);
    same = same && agrees;
    lines.push_back(fmt::format("{} expected  {}", agrees ? ' ' : '!', i < wanted.size() ? row_as_expected(wanted[i]) : "nothing"));
    const std::vector<std::string> shown = i < wanted.size()  ? columns_of(wanted[i])
                                           : i < found.size() ? telling_columns(output)
                                                              : std::vector<std::string>{};
    lines.push_back(fmt::format("{} got       {}", agrees ? ' ' : '!', i < found.size() ? row_as_found(shown, columns) : "nothing"));
  }
  if (same) return;
  std::string what = fmt::format("{} are not as expected", to_text(output));
  if (expected == nullptr)
    what = output == OutputId::kAlerts ? "alerts that no step expects" : fmt::format("{} that no step expects", to_text(output));
  verdict.failures.push_back({outcome.step, outcome.number, std::move(what), std::move(lines)});
}

void TestRunner::check_values(const TestCase& test, const StepOutcome& outcome, const Expectation& expectation, TestVerdict& verdict) const {
  std::vector<std::string> lines;
  for (const ExpectedValue& expected : expectation.values) {
    const std::optional<ProbedValue> found = value_of(test, outcome, expected.name.text);
    if (found && same_value(expected.value, *found, test.start_ms)) continue;
    lines.push_back(fmt::format("! expected  {}: {}", expected.name.text, expected.value.text.empty() ? "null" : expected.value.text));
    lines.push_back(
        fmt::format("! got       {}: {}", expected.name.text, found ? found->value_or("unknown") : "nothing: no record of the step has its key"));
  }
  if (!lines.empty()) verdict.failures.push_back({outcome.step, outcome.number, "values are not as expected", std::move(lines)});
}

// All that the steps expect, together, whatever the step in which it came.
void TestRunner::check_together(const TestCase& test, const std::vector<StepOutcome>& outcomes, std::uint32_t seed, TestVerdict& verdict) const {
  for (std::size_t output = 0; output < kOutputs; ++output) {
    const auto id = static_cast<OutputId>(output);
    std::vector<const ExpectedRow*> wanted;
    bool is_named = id == OutputId::kAlerts;
    for (const TestStep& step : test.steps) {
      const ExpectedRows* rows = step.expectation ? step.expectation->find(id) : nullptr;
      if (step.expectation && step.expectation->any_alerts && id == OutputId::kAlerts) return;
      is_named = is_named || rows != nullptr;
      for (std::size_t row = 0; rows != nullptr && row < rows->rows.size(); ++row) wanted.push_back(&rows->rows[row]);
    }
    if (!is_named) continue;
    std::vector<std::string> lines;
    for (const StepOutcome& outcome : outcomes) {
      for (const std::string& row : outcome.rows[output]) {
        const ColumnLookUp columns = look_up(outcome, id, row);
        const auto match = std::find_if(wanted.begin(), wanted.end(), [&](const ExpectedRow* one) { return same_row(*one, columns, test.start_ms); });
        if (match != wanted.end())
          wanted.erase(match);
        else
          lines.push_back("! got, not expected  " + row_as_found(telling_columns(id), columns));
      }
    }
    for (const ExpectedRow* row : wanted) lines.push_back("! expected, not got  " + row_as_expected(*row));
    if (!lines.empty())
      verdict.failures.push_back(
          {nullptr, 0, fmt::format("{} depend on the order of records: seed {} of shuffle", to_text(id), seed), std::move(lines)});
  }
}

void TestRunner::run_shuffled(const TestCase& test, std::uint32_t seed, TestVerdict& verdict) {
  const std::size_t inputs = read_inputs(*tested_.plan);
  Rehearsal rehearsal(ground_, announced_of(test, inputs));
  Sent sent(inputs);
  std::vector<StepOutcome> outcomes;
  for (const ShuffledStep& step : shuffled_steps(test, seed)) {
    if (const Result<void> done = act(rehearsal, *step.step, step.records, sent); !done) {
      verdict.failures.push_back({step.step, 0, fmt::format("{}: seed {} of shuffle", done.error().text, seed), {}});
      return;
    }
    outcomes.push_back(collect(rehearsal, test, sent));
  }
  check_together(test, outcomes, seed, verdict);
}

}  // namespace reckoner
