// A typed, checked expression as a tree: what `where`, `fire`, score parts and derived measures compile to. It is made by rules/ (which
// parses and checks it) and evaluated over whole batches by operators/evaluator.hpp. After checking, every operation works on 64-bit
// integers or strings alone: scales are aligned by kRescale nodes and names resolved to positions.
//
// Values are three-valued: an operation with an unknown argument is unknown, but `and` is false when either side is false, and `or` true when
// either is true. Overflow and division by zero are unknown, and counted as faults of the asker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/record_block.hpp"
#include "engine/value_type.hpp"
#include "operators/time_function.hpp"
#include "operators/value_list.hpp"

namespace reckoner {

inline constexpr int kSampleScale = 4;  // of the share that kSample takes

enum class Operation : std::uint8_t {
  // leaves
  kConstant,  // `constant`, or `text` when the type is kString
  kField,     // field `position` of the record's input `input`
  kFact,      // fact `position` of the key's plan
  kScore,     // score `position` of the key's plan: its value after this record
  kMeasure,   // measure `position` of a total (derived measures only)
  // three-valued logic, arguments are kBool
  kNot,
  kAnd,  // two or more arguments
  kOr,   // two or more arguments
  // comparison of two arguments of one type and scale; strings and enums know only equality
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,  // first argument equals one of the others, which are constants of its type
  // arithmetic on integers, decimals, money, durations, times
  kAdd,
  kSubtract,
  kMultiply,       // unscaled product; the result's scale is the sum of scales
  kDivide,         // unscaled left * 10^(type.scale + right scale - left scale) / right, rounded half away from zero
  kIntegerDivide,  // towards negative infinity, as SQL's floor(a / b)
  kModulo,         // sign of the divisor
  kNegate,
  kRescale,  // one argument to the scale of `type`: up multiplies by a power of ten; down rounds half away from zero
  kMinimum,  // two or more
  kMaximum,
  kAbsolute,
  kClamp,    // value, low, high
  kIf,       // condition, then, otherwise; unknown condition = unknown
  kIsKnown,  // one argument of any type; never unknown
  kSample,   // a string or an integer, and a share in ten thousands: true for so many of all values, always the same ones
  kBound,    // a leaf: value `position` of a record that was there before (operators/bound_condition.hpp)
  kListed,   // one argument, a string, integer or enum: `list` has it, as a text, in force at the time of the record
  kSimilar,  // one argument, a string: `list` has a name that is alike by `constant` ten thousands or more, in force at the time of the record
  kOfTime,   // a time, and an integer or enum that `of_time` chooses by, if it does
};

struct Expression {
  Operation operation = Operation::kConstant;
  ValueType type;
  std::int64_t constant = 0;
  std::string text;
  std::shared_ptr<const ValueList> list{};        // kListed, kSimilar
  std::shared_ptr<const TimeFunction> of_time{};  // kOfTime
  InputId input = 0;                              // kField
  std::uint32_t position = 0;                     // kField, kFact, kScore, kMeasure
  std::vector<Expression> arguments;
};

// The comparison that is true where this one is false; nullopt for any other operation.
[[nodiscard]] std::optional<Operation> opposite(Operation comparison);

// Same computation, whatever the names it was written with.
[[nodiscard]] bool operator==(const Expression& left, const Expression& right);

// A text that two expressions share if and only if they compute the same; the stuff of fingerprints. Stable across versions.
[[nodiscard]] std::string canonical_text(const Expression& expression);

}  // namespace reckoner
