// The canonical text of an expression with a say in how its leaves are named: rules/ names a field by its input and path and a fact by its
// fingerprint, so that fingerprints do not depend on positions.
#pragma once

#include <functional>
#include <string>

#include "engine/value_type.hpp"
#include "operators/expression.hpp"

namespace reckoner {

// Names kField, kFact, kScore, kMeasure and kBound leaves; called for no other.
using LeafText = std::function<std::string(const Expression&)>;

[[nodiscard]] std::string canonical_text(const Expression& expression, const LeafText& leaf);

// A type with everything that makes it another one: "money USD(2)", and an enum's names with their lengths. Stable across versions.
[[nodiscard]] std::string canonical_text(const ValueType& type);

// A text that cannot be confused with what follows it: "5:hello".
[[nodiscard]] std::string counted_text(std::string_view text);

}  // namespace reckoner
