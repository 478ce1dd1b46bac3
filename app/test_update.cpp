#include "app/test_update.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace reckoner {

namespace {

// After the bracket that closes the one at `begin`.
std::size_t flow_end(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  char quote = 0;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char letter = text[at];
    if (quote != 0) {
      if (quote == '"' && letter == '\\') ++at;
      if (letter == quote) quote = 0;
    } else if (letter == '"' || letter == '\'') {
      quote = letter;
    } else if (letter == '[' || letter == '{') {
      ++depth;
    } else if ((letter == ']' || letter == '}') && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

// After the last visible byte of the lines below the one at `begin` that are indented by `indent` or more, or begin a list there.
std::size_t block_end(std::string_view text, std::size_t begin, std::size_t indent, bool list_may_begin) {
  std::size_t end = std::min(text.find('\n', begin), text.size());
  for (std::size_t line = end + 1; line < text.size();) {
    const std::size_t line_end = std::min(text.find('\n', line), text.size());
    const std::size_t first = text.find_first_not_of(" \r", line);
    if (first < line_end) {
      const std::size_t depth = first - line;
      if (depth < indent && !(list_may_begin && depth + 1 == indent && text[first] == '-')) break;
      end = line_end;
    }
    line = line_end + 1;
  }
  while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\r')) --end;
  return end;
}

std::size_t column_of(std::string_view text, std::size_t offset) {
  const std::size_t line = text.rfind('\n', offset == 0 ? 0 : offset - 1);
  return line == std::string_view::npos ? offset : offset - line - 1;
}

bool is_flow(std::string_view text, const YamlNode& node) { return text[node.offset] == '{' || text[node.offset] == '['; }

class StepText {
 public:
  StepText(const TestVerdict& verdict, const TestRunner& runner, const StepOutcome& outcome)
      : verdict_(verdict), runner_(runner), outcome_(outcome) {}

  // The new value of `expect`.
  [[nodiscard]] std::string value() const {
    const Expectation* expectation = outcome_.step->expectation ? &*outcome_.step->expectation : nullptr;
    if (expectation == nullptr || expectation->place.node->kind != YamlKind::kMap) return rows(OutputId::kAlerts);
    std::vector<std::string> parts;
    for (std::size_t output = 0; output < kOutputs; ++output) {
      const auto id = static_cast<OutputId>(output);
      const bool came = id == OutputId::kAlerts && !expectation->any_alerts && !outcome_.rows[output].empty();
      if (expectation->find(id) != nullptr || came) parts.push_back(fmt::format("{}: {}", to_text(id), rows(id)));
    }
    if (expectation->any_alerts) parts.emplace_back("alerts: any");
    if (!expectation->values.empty()) parts.push_back("values: " + values(*expectation));
    if (expectation->limits) parts.push_back("limits: " + limits_as_expected(outcome_.limits));
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }

 private:
  [[nodiscard]] std::string rows(OutputId output) const {
    const ExpectedRows* expected = outcome_.step->expectation ? outcome_.step->expectation->find(output) : nullptr;
    std::vector<std::string> texts;
    const std::vector<std::string>& found = outcome_.rows[static_cast<std::size_t>(output)];
    for (std::size_t i = 0; i < found.size(); ++i) {
      std::vector<std::string> columns = output == OutputId::kAlerts ? std::vector<std::string>{"rule"} : telling_columns(output);
      if (expected != nullptr && !expected->rows.empty()) columns = columns_of(expected->rows[std::min(i, expected->rows.size() - 1)]);
      texts.push_back(row_as_found(columns, runner_.look_up(outcome_, output, found[i])));
    }
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }

  [[nodiscard]] std::string values(const Expectation& expectation) const {
    std::vector<std::string> texts;
    for (const ExpectedValue& value : expectation.values) {
      const std::optional<ProbedValue> found = runner_.value_of(*verdict_.test, outcome_, value.name.text);
      texts.push_back(fmt::format("{}: {}", value.name.text, flow_value(found.value_or(std::nullopt))));
    }
    return fmt::format("{{{}}}", fmt::join(texts, ", "));
  }

  const TestVerdict& verdict_;
  const TestRunner& runner_;
  const StepOutcome& outcome_;
};

TextEdit edit_of(const TestVerdict& verdict, const StepOutcome& outcome, const std::string& value) {
  const std::string_view text = verdict.file->source.text();
  const YamlNode& step = *outcome.step->place.node;
  TextEdit edit{verdict.file, 0, 0, {}};
  const auto key = std::find_if(step.keys.begin(), step.keys.end(), [](const YamlNode& one) { return one.text == "expect"; });
  if (key != step.keys.end()) {
    const YamlNode& old = step.items[static_cast<std::size_t>(key - step.keys.begin())];
    edit.begin = text.find(':', key->offset) + 1;
    if (is_flow(text, old) || !is_flow(text, step))
      edit.end = is_flow(text, old) ? flow_end(text, old.offset) : block_end(text, edit.begin, column_of(text, key->offset) + 1, true);
    else
      edit.end = old.offset + old.text.size();
    edit.text = " " + value;
  } else if (is_flow(text, step)) {
    edit.begin = edit.end = flow_end(text, step.offset) - 1;
    edit.text = ", expect: " + value;
  } else {
    const std::size_t indent = column_of(text, step.offset);
    edit.begin = edit.end = block_end(text, step.offset, indent, false);
    edit.text = fmt::format("\n{:{}}expect: {}", "", indent, value);
  }
  return edit;
}

}  // namespace

std::vector<TextEdit> expectation_edits(const TestVerdict& verdict, const TestRunner& runner) {
  std::vector<TextEdit> edits;
  for (const StepOutcome& outcome : verdict.steps) {
    const bool failed =
        std::any_of(verdict.failures.begin(), verdict.failures.end(), [&](const TestFailure& one) { return one.number == outcome.number; });
    const bool came_back = outcome.step->action == StepAction::kCrash || outcome.step->action == StepAction::kReplay;
    if (failed && !came_back) edits.push_back(edit_of(verdict, outcome, StepText(verdict, runner, outcome).value()));
  }
  return edits;
}

Result<void> write_edits(const std::string& folder, std::vector<TextEdit> edits) {
  std::map<std::string, std::vector<TextEdit>> by_file;
  for (TextEdit& edit : edits) by_file[edit.file->source.name()].push_back(std::move(edit));
  for (auto& [name, of_file] : by_file) {
    // From the end, so that what is before stays where it is.
    std::sort(of_file.begin(), of_file.end(), [](const TextEdit& left, const TextEdit& right) { return left.begin > right.begin; });
    std::string text(of_file.front().file->source.text());
    for (const TextEdit& edit : of_file) text.replace(edit.begin, edit.end - edit.begin, edit.text);
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::ofstream stream(path, std::ios::binary);
    stream << text << std::flush;
    if (!stream) return fail(ErrorKind::kExternal, fmt::format("{}: cannot write it", path.string()), Retry::kLater);
  }
  return {};
}

}  // namespace reckoner
