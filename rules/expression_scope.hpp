// The names an expression may use, as data: each maps to a typed leaf (or a parameter's constant), or to the reason why it cannot be used
// here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "operators/expression.hpp"
#include "rules/diagnostic.hpp"

namespace reckoner {

struct Symbol {
  enum class State : std::uint8_t {
    kUsable,
    kRefused,  // known, but not here: `code`, `reason` and `advice` say why
    kBroken,   // its own definition has findings; using it adds none
  };
  State state = State::kUsable;
  Expression expression;
  DiagnosticCode code = DiagnosticCode::kUnknownName;
  std::string reason;
  std::string advice;
};

// By full name: "amount", "param.burst", "score.account_health".
using Symbols = std::map<std::string, Symbol, std::less<>>;

[[nodiscard]] Symbol usable(Expression leaf);
[[nodiscard]] Symbol broken();
[[nodiscard]] Symbol refused(DiagnosticCode code, std::string reason, std::string advice);

// Layers of names, searched in order. The layers outlive the scope.
class Scope {
 public:
  explicit Scope(std::vector<const Symbols*> layers) : layers_(std::move(layers)) {}

  [[nodiscard]] const Symbol* find(std::string_view name) const;
  // Usable names with this beginning ("param."), without it; for "" the names without a point.
  [[nodiscard]] std::vector<std::string> names(std::string_view beginning) const;

 private:
  std::vector<const Symbols*> layers_;
};

}  // namespace reckoner
