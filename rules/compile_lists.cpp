// Lists become names that expressions can ask.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "rules/compiler.hpp"
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
    std::optional<std::vector<ListEntry>> entries;
    if (list.file_text != nullptr) {
      entries = read_list_entries(list.file_text->text(), {list.value_column, list.entry_ttl_ms}, [&](const ExpressionFault& fault) {
        findings_.add(*list.file_text, fault.position, fault.code, fault.text, fault.advice);
      });
    } else if (list.entries) {
      entries = read_list_entries(list.entries->text, {list.value_column, list.entry_ttl_ms},
                                  [&](const ExpressionFault& fault) { report(*list.entries, fault.position, fault.code, fault.text, fault.advice); });
    }
    if (!entries) {
      constants_.emplace(name, broken());
      continue;
    }
    plan_.lists.push_back({list.file ? list.file->text : std::string(), std::make_shared<ValueList>(list.name.text, std::move(*entries))});
    constants_.emplace(name, list_symbol(plan_.lists.back().list));
  }
}

}  // namespace reckoner
