// Lists become names that expressions can ask, and that rules can add to.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "rules/compiler.hpp"
#include "rules/expression_types.hpp"
#include "rules/list_entries.hpp"

namespace reckoner {

namespace {

// A leaf without its argument, which whoever asks puts in (rules/expression_checker).
Symbol list_symbol(std::shared_ptr<const ValueList> list) {
  Expression leaf;
  leaf.operation = Operation::kListed;
  leaf.list = std::move(list);
  return usable(std::move(leaf));
}

}  // namespace

void Compiler::compile_lists() {
  for (const ListDefinition& list : rule_set_.lists) {
    const std::string name = fmt::format("list.{}", list.name.text);
    no_lists_.emplace(name, refused(DiagnosticCode::kFactForm, "a derived measure cannot ask a list", "ask it in the 'where' of a measure"));
    const bool has_additions = rules_add_to(list);
    std::optional<std::vector<ListEntry>> entries;
    if (!list.file && !list.entries && has_additions) entries.emplace();
    if (list.file_text != nullptr) {
      entries = read_list_entries(list.file_text->text(), {list.value_column, list.entry_ttl_ms}, [&](const ExpressionFault& fault) {
        findings_.add(*list.file_text, fault.position, fault.code, fault.text, fault.advice);
      });
    } else if (list.entries) {
      entries = read_list_entries(list.entries->text, {list.value_column, list.entry_ttl_ms},
                                  [&](const ExpressionFault& fault) { report(*list.entries, fault.position, fault.code, fault.text, fault.advice); });
    }
    if (!list.file && !list.entries && !has_additions)
      add_finding(findings_, list.name, DiagnosticCode::kBadList, fmt::format("'{}' has no entries", list.name.text),
                  "say either file: FILE or entries: TEXT, or let rules put some in with add_to");
    if (!entries) {
      constants_.emplace(name, broken());
      continue;
    }
    plan_.lists.push_back({list.file ? list.file->text : std::string(), std::make_shared<ValueList>(list.name.text, std::move(*entries))});
    if (has_additions) let_rules_add(list, *plan_.lists.back().list);
    constants_.emplace(name, list_symbol(plan_.lists.back().list));
  }
}

bool Compiler::rules_add_to(const ListDefinition& list) const {
  return std::any_of(rule_set_.rules.begin(), rule_set_.rules.end(), [&](const RuleDefinition& rule) {
    return std::any_of(rule.additions.begin(), rule.additions.end(), [&](const auto& addition) { return addition.first.text == list.name.text; });
  });
}

void Compiler::let_rules_add(const ListDefinition& definition, ValueList& list) {
  if (definition.added_for_ms == 0) {
    add_finding(findings_, definition.name, DiagnosticCode::kBadList,
                fmt::format("rules add to '{}', and it does not say for how long", definition.name.text), "add for example added_for: 30d");
    return;
  }
  list.let_rules_add(static_cast<std::uint32_t>(plan_.added_lists.size()));
  plan_.added_lists.push_back({definition.name.text, definition.added_for_ms});
  no_additions_.emplace(
      fmt::format("list.{}", definition.name.text),
      refused(DiagnosticCode::kBadList, fmt::format("rules add to '{}', so that it can be asked at records alone", definition.name.text),
              "ask it in a rule that is decided at a record, in a total, or in the where of a fact"));
}

// What an alert of the rule puts into lists.
void Compiler::compile_additions(const RuleDefinition& definition, const Scope& scope, RulePlan& rule) {
  for (const auto& [name, written] : definition.additions) {
    std::optional<Expression> value = expression(written, scope, false);
    const auto added =
        std::find_if(plan_.added_lists.begin(), plan_.added_lists.end(), [&](const AddedList& list) { return list.name == name.text; });
    if (added == plan_.added_lists.end()) {
      std::vector<std::string> names;
      names.reserve(rule_set_.lists.size());
      for (const ListDefinition& list : rule_set_.lists) names.push_back(list.name.text);
      if (std::find(names.begin(), names.end(), name.text) == names.end())
        add_finding(findings_, name, DiagnosticCode::kUnknownList, fmt::format("'{}' is no list", name.text), name_advice(name.text, names));
      continue;
    }
    if (!value) continue;
    const ValueKind kind = value->type.kind;
    if (kind != ValueKind::kString && kind != ValueKind::kInteger && kind != ValueKind::kEnum) {
      add_finding(findings_, written, DiagnosticCode::kTypeMismatch,
                  fmt::format("a list holds strings, integers or names of enums, this is {}", describe(*value)), "add another field");
      continue;
    }
    rule.additions.push_back({static_cast<std::uint32_t>(added - plan_.added_lists.begin()), std::move(*value)});
  }
}

}  // namespace reckoner
