#include "rules/reference_pages.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "rules/map_forms.hpp"

namespace reckoner {

namespace {

std::string form_text(const KeyInfo& key) {
  switch (key.form) {
    case ValueForm::kText:
      return "text";
    case ValueForm::kLabel:
      return "letters, digits, `-`, `_`, `.`";
    case ValueForm::kTruth:
      return "`true` or `false`";
    case ValueForm::kTrue:
      return "`true`";
    case ValueForm::kInteger:
      return fmt::format("{} to {}", key.low, key.high);
    case ValueForm::kNumber:
      return "number or money";
    case ValueForm::kDuration:
      return "duration";
    case ValueForm::kSpan:
      return "duration, or business days";
    case ValueForm::kSize:
      return "size";
    case ValueForm::kWord: {
      std::vector<std::string> words;
      for (const std::string_view word : key.words) words.push_back(fmt::format("`{}`", word));
      return fmt::format("{}", fmt::join(words, ", "));
    }
    case ValueForm::kExpression:
      return "expression";
    case ValueForm::kTexts:
      return "text, or a list of them";
    case ValueForm::kPair:
      return "list of two texts";
    case ValueForm::kMoment:
      return "moment";
    case ValueForm::kMap:
      return fmt::format("[{}](#{})", key.inner().what, key.inner().name);
    case ValueForm::kMapOfMaps:
      return fmt::format("name: [{}](#{})", key.inner().what, key.inner().name);
    case ValueForm::kMapsByLabel:
      return fmt::format("label: [{}](#{})", key.inner().what, key.inner().name);
    case ValueForm::kListOfMaps:
      return fmt::format("list of [{}](#{})", key.inner().what, key.inner().name);
    case ValueForm::kExpressions:
      return "name: expression";
    case ValueForm::kValues:
      return "name: value";
    case ValueForm::kRecords:
      return "input: record, or a list of records";
    case ValueForm::kFieldValues:
      return "input: {field: value}";
    case ValueForm::kRows:
      return "list of {column: value}";
    case ValueForm::kExpectation:
      return fmt::format("[mapping](#{}), list of alerts, or `any`", key.inner().name);
  }
  return {};
}

std::string names_text(const std::vector<KeyInfo>& keys) {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const KeyInfo& key : keys) names.push_back(fmt::format("`{}`", key.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string table_section(const MapForm& form) {
  std::string section = fmt::format("\n## {}\n\n{}\n\n| Key | Takes | Means |\n|---|---|---|\n", form.name, form.meaning);
  for (const KeyInfo& key : form.keys)
    section += fmt::format("| `{}`{} | {} | {} |\n", key.name, key.required ? " (required)" : "", form_text(key), key.meaning);
  return section;
}

// The keys of an override mean what they mean in what it changes.
std::string override_section(const MapForm& form) {
  std::vector<KeyInfo> keys = form.keys;
  std::erase_if(keys, [](const KeyInfo& key) { return key.name == "add" || key.name == "replace"; });
  std::string section = fmt::format("\n## {}\n\n{} Keys as in [{}](#{}): {}.\n", form.name, form.meaning, form.overridden->what,
                                    form.overridden->name, names_text(keys));
  if (const KeyInfo* add = form.find("add"); add != nullptr)
    section += fmt::format("`replace` and `add` are mappings of {}.\n", names_text(add->inner().keys));
  return section;
}

}  // namespace

std::string keys_page() {
  std::string page =
      "# Every key\n\nMade by `reckoner reference keys` from the tables that the loader reads. What the kinds of facts mean, and how expressions are "
      "written,\n"
      "is in [rules.md](rules.md); how tests are written in [testing.md](testing.md).\n";
  for (const MapForm* form : {&rule_set_form(),      &list_form(),
                              &calendar_form(),      &input_form(),
                              &field_form(),         &dedupe_form(),
                              &fact_form(),          &baseline_form(),
                              &sequence_step_form(), &together_step_form(),
                              &absent_form(),        &absent_side_form(),
                              &total_form(),         &measure_form(),
                              &score_form(),         &floor_form(),
                              &publish_form(),       &cycle_form(),
                              &exception_form(),     &limit_form(),
                              &environment_form(),   &environment_addition_form()})
    page += table_section(*form);
  for (const MapForm* form : override_forms()) page += override_section(*form);
  for (const MapForm* form : {&rule_form(), &escalate_form(), &test_file_form(), &test_defaults_form(), &test_form(), &step_form(), &shuffle_form(),
                              &expectation_form(), &expected_limits_form()})
    page += table_section(*form);
  return page;
}

std::string codes_page() {
  std::string page =
      "# Every finding\n\nMade by `reckoner reference codes`; `reckoner explain-code CODE` prints one of them. An error keeps a rule set from "
      "starting, a\n"
      "warning does not. Of the two lines of an example the first is wrong and the second right.\n";
  for (const DiagnosticInfo& info : diagnostic_table()) {
    page += fmt::format("\n## {}\n\n{}: {}. What to do: {}.\n\n```\n{}\n{}\n```\n", info.name,
                        info.level == DiagnosticLevel::kError ? "Error" : "Warning", info.summary, info.advice, info.wrong, info.right);
  }
  return page;
}

std::string code_text(const DiagnosticInfo& info) {
  return fmt::format("{} ({})\n\n  {}\n\n  what to do  {}\n  example     {}\n  put right   {}\n", info.name, to_text(info.level), info.summary,
                     info.advice, info.wrong, info.right);
}

}  // namespace reckoner
