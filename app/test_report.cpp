#include "app/test_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/row_text.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kStepsShownMax = 12;

LineColumn place_of(const Written& written) { return written.source->at(written.node->offset); }

// "examples/a/rules/R1.test.yaml:3:11: fires at the third"
std::string test_text(const std::string& folder, const TestCase& test) {
  const LineColumn place = place_of(test.name);
  return fmt::format("{}/{}:{}:{}: {}", folder, test.name.source->name(), place.line, place.column, test.name.text);
}

// "10:04:30.000", with the day where it is not that of the test's start.
std::string step_time_text(std::int64_t time_ms, std::int64_t start_ms) {
  const std::string time = time_text(time_ms);  // 2026-01-01T10:04:30.000Z
  return time.substr(0, 10) == time_text(start_ms).substr(0, 10) ? time.substr(11, 12) : time;
}

struct ShownRule {
  std::size_t key = 0;
  std::size_t position = 0;
  const RulePlan* rule = nullptr;
};

// Rules to explain: those that the test is about or, where it is about all, those named by a failure.
std::vector<ShownRule> rules_to_show(const TestVerdict& verdict, const TestedRuleSet& tested) {
  std::vector<ShownRule> shown;
  for (std::size_t key = 0; key < tested.plan->keys.size(); ++key) {
    for (std::size_t position = 0; position < tested.plan->keys[key].rules.size(); ++position) {
      const RulePlan& rule = tested.plan->keys[key].rules[position];
      const bool is_about = std::binary_search(verdict.test->rules.begin(), verdict.test->rules.end(), rule.id);
      const bool is_named = std::any_of(verdict.failures.begin(), verdict.failures.end(), [&](const TestFailure& failure) {
        return std::any_of(failure.lines.begin(), failure.lines.end(),
                           [&](const std::string& line) { return line.find("rule: " + rule.id) != std::string::npos; });
      });
      if (is_about || (verdict.test->rules.empty() && is_named)) shown.push_back({key, position, &rule});
    }
  }
  return shown;
}

struct Column {
  std::string heading;
  std::vector<std::string> cells;
};

std::string table_text(const std::vector<Column>& columns) {
  std::string text;
  std::size_t rows = 0;
  for (const Column& column : columns) rows = std::max(rows, column.cells.size());
  std::vector<std::size_t> widths;
  for (const Column& column : columns) {
    std::size_t width = column.heading.size();
    for (const std::string& cell : column.cells) width = std::max(width, cell.size());
    widths.push_back(width);
  }
  const auto line = [&](const auto& cell_of) {
    std::string made = "     ";
    for (std::size_t i = 0; i < columns.size(); ++i) made += fmt::format(" {:<{}} ", cell_of(columns[i]), widths[i]);
    made.resize(made.find_last_not_of(' ') + 1);
    text += made + "\n";
  };
  line([](const Column& column) { return column.heading; });
  for (std::size_t row = 0; row < rows; ++row) line([&](const Column& column) { return column.cells[row]; });
  return text;
}

class RuleTable {
 public:
  RuleTable(const TestVerdict& verdict, const TestRunner& runner, const TestedRuleSet& tested, const Probes& probes, const ShownRule& shown)
      : verdict_(verdict), runner_(runner), tested_(tested), probes_(probes), shown_(shown) {}

  [[nodiscard]] std::string text() {
    columns_.push_back({"step", {}});
    columns_.push_back({"time", {}});
    find_facts();
    for (const ShownFact& fact : facts_) columns_.push_back({fact.name, {}});
    for (std::size_t branch = 0; branch < probes_.branches().size(); ++branch) {
      const Branch& one = probes_.branches()[branch];
      if (one.key != shown_.key || one.rule != shown_.position) continue;
      branches_.push_back(branch);
      columns_.push_back({one.text, {}});
    }
    columns_.push_back({"fires", {}});
    for (const StepOutcome& outcome : verdict_.steps) add_row(outcome);
    if (columns_.front().cells.empty()) return fmt::format("    {} saw no record\n", shown_.rule->id);
    return fmt::format("    {}, at the last record that it saw in each step:\n{}", shown_.rule->id, table_text(columns_));
  }

 private:
  struct ShownFact {
    std::string name;
    std::uint32_t position;  // as the rule's key kind sees it
  };

  void find_facts() {
    const FactNames* own = tested_.names->find(FactOwner::kRule, shown_.rule->id);
    for (std::size_t i = 0; own != nullptr && i < own->facts.size(); ++i) {
      if (const auto position = position_seen_by(*tested_.plan, shown_.key, own->facts[i])) facts_.push_back({own->facts[i].name, *position});
    }
    const FactNames* shared = own == nullptr ? nullptr : tested_.names->shared_by(*own);
    for (std::size_t i = 0; shared != nullptr && i < shared->facts.size(); ++i) {
      const NamedFact& fact = shared->facts[i];
      const std::vector<std::uint32_t>& used = shown_.rule->facts;
      const std::optional<std::uint32_t> position = position_seen_by(*tested_.plan, shown_.key, fact);
      if (position && std::find(used.begin(), used.end(), *position) != used.end()) facts_.push_back({fact.name, *position});
    }
  }

  void add_row(const StepOutcome& outcome) {
    const auto seen = std::find_if(outcome.seen.rbegin(), outcome.seen.rend(),
                                   [&](const SeenRecord& one) { return one.values.key == shown_.key && one.values.input == shown_.rule->input; });
    if (seen == outcome.seen.rend()) return;
    if (columns_.front().cells.size() == kStepsShownMax) {
      for (Column& column : columns_) column.cells.erase(column.cells.begin());
    }
    std::size_t column = 0;
    const auto put = [&](std::string cell) { columns_[column++].cells.push_back(std::move(cell)); };
    put(fmt::format("{}", outcome.number));
    put(step_time_text(seen->values.time_ms, verdict_.test->start_ms));
    for (const ShownFact& fact : facts_) put(runner_.fact_value(*seen, fact.position).value_or("unknown"));
    for (const std::size_t branch : branches_) {
      const auto found =
          std::find_if(seen->values.branches.begin(), seen->values.branches.end(), [&](const auto& one) { return one.first == branch; });
      put(found == seen->values.branches.end() ? "unknown" : found->second ? "true" : "false");
    }
    const auto fired =
        std::find_if(seen->values.fired.begin(), seen->values.fired.end(), [&](const auto& one) { return one.first == shown_.position; });
    put(fired != seen->values.fired.end() && fired->second ? "yes" : "no");
  }

  const TestVerdict& verdict_;
  const TestRunner& runner_;
  const TestedRuleSet& tested_;
  const Probes& probes_;
  const ShownRule& shown_;
  std::vector<ShownFact> facts_;
  std::vector<std::size_t> branches_;
  std::vector<Column> columns_;
};

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '<')
      result += "&lt;";
    else if (letter == '>')
      result += "&gt;";
    else if (letter == '&')
      result += "&amp;";
    else if (letter == '"')
      result += "&quot;";
    else if (static_cast<unsigned char>(letter) >= 0x20 || letter == '\n')
      result += letter;
  }
  return result;
}

std::string seconds_text(std::int64_t elapsed_ns) { return fmt::format("{}.{:06}", elapsed_ns / 1'000'000'000, elapsed_ns / 1000 % 1'000'000); }

}  // namespace

std::string limits_text(const std::string& folder, const TestVerdict& verdict) {
  const std::vector<TestStep>& steps = verdict.test->steps;
  const bool expected = std::any_of(steps.begin(), steps.end(), [](const TestStep& one) { return one.expectation && one.expectation->limits; });
  if (verdict.limits.lines.empty() || expected) return {};
  return fmt::format("NOTE {}\n  {}\n", test_text(folder, *verdict.test), fmt::join(verdict.limits.lines, "\n  "));
}

std::string failure_text(const std::string& folder, const TestVerdict& verdict, const TestRunner& runner, const TestedRuleSet& tested) {
  std::string text = fmt::format("FAIL {}\n", test_text(folder, *verdict.test));
  for (const TestFailure& failure : verdict.failures) {
    if (failure.step != nullptr)
      text += fmt::format("  step {} (line {}): {}\n", failure.number, place_of(failure.step->place).line, failure.what);
    else
      text += fmt::format("  {}\n", failure.what);
    for (const std::string& line : failure.lines) text += fmt::format("    {}\n", line);
  }
  for (const std::string& line : verdict.limits.lines) text += fmt::format("  {}\n", line);
  for (const ShownRule& shown : rules_to_show(verdict, tested)) text += RuleTable(verdict, runner, tested, runner.probes(), shown).text();
  return text;
}

std::string junit_text(const std::vector<TestFolderResult>& results) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const TestFolderResult& result : results) {
    for (std::size_t begin = 0; begin < result.verdicts.size();) {
      const TestFile* file = result.verdicts[begin].file;
      std::size_t end = begin;
      std::size_t failures = 0;
      std::string cases;
      for (; end < result.verdicts.size() && result.verdicts[end].file == file; ++end) {
        const TestVerdict& verdict = result.verdicts[end];
        cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"", escaped(file->source.name()), escaped(verdict.test->name.text),
                             seconds_text(verdict.elapsed_ns));
        if (verdict.passed()) {
          cases += "/>\n";
          continue;
        }
        ++failures;
        cases += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", escaped(verdict.failures.front().what),
                             escaped(result.failure_texts[end]));
      }
      text += fmt::format("  <testsuite name=\"{}/{}\" tests=\"{}\" failures=\"{}\">\n{}  </testsuite>\n", escaped(result.folder),
                          escaped(file->source.name()), end - begin, failures, cases);
      begin = end;
    }
  }
  return text + "</testsuites>\n";
}

}  // namespace reckoner
