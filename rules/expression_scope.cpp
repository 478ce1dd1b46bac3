#include "rules/expression_scope.hpp"

#include <utility>

namespace reckoner {

Symbol usable(Expression leaf) {
  Symbol symbol;
  symbol.expression = std::move(leaf);
  return symbol;
}

Symbol broken() {
  Symbol symbol;
  symbol.state = Symbol::State::kBroken;
  return symbol;
}

Symbol refused(DiagnosticCode code, std::string reason, std::string advice) {
  Symbol symbol;
  symbol.state = Symbol::State::kRefused;
  symbol.code = code;
  symbol.reason = std::move(reason);
  symbol.advice = std::move(advice);
  return symbol;
}

const Symbol* Scope::find(std::string_view name) const {
  for (const Symbols* layer : layers_) {
    if (const auto found = layer->find(name); found != layer->end()) return &found->second;
  }
  return nullptr;
}

std::vector<std::string> Scope::names(std::string_view beginning) const {
  std::vector<std::string> result;
  for (const Symbols* layer : layers_) {
    for (const auto& [name, symbol] : *layer) {
      if (symbol.state == Symbol::State::kRefused || !name.starts_with(beginning)) continue;
      const std::string rest = name.substr(beginning.size());
      if (rest.find('.') == std::string::npos) result.push_back(rest);
    }
  }
  return result;
}

}  // namespace reckoner
