// What facts over several records of a key compile to: records that follow each other, that come together in any order, or that fail to come.
// Plain data, read-only once made.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/record_block.hpp"
#include "operators/business_calendar.hpp"
#include "operators/expression.hpp"

namespace reckoner {

inline constexpr std::size_t kPatternStepsMax = 8;
inline constexpr std::uint32_t kPatternOpenMax = 64;     // attempts, or records of a step, that a pattern keeps for a key unless it says another
inline constexpr std::uint32_t kPatternOpenLimit = 256;  // number; and the highest number it may say: one batch

// What one record of a pattern must be like.
struct PatternStep {
  std::string name;
  InputId input = 0;
  std::optional<Expression> where;  // over the record's fields and facts: decides cheaply for most records
  std::optional<Expression> bound;  // over the same and kBound leaves, which are values of records that were there before
  std::uint32_t at_least = 1;       // records
  bool never = false;               // a record like this, after the step before and before the step behind, ends the attempt
};

// Something of a step's record that is kept, for `bound` conditions and for who asks about the fact.
enum class BoundValue : std::uint8_t { kFirst, kLast, kCount };  // of the first or the last record; how many records there were
struct PatternBinding {
  std::uint32_t step = 0;
  BoundValue what = BoundValue::kLast;
  std::uint32_t field = 0;  // not of kCount
  ValueType type;
};

// What becomes of attempts when a sequence or set of records is complete.
enum class AfterFire : std::uint8_t {
  kRestart,  // all are dropped
  kKeep,     // those that were completed go on waiting for their last record
  kOverlap,  // and a record that leads on is also passed over, so that every way of picking records is tried
};

struct PatternPlan {
  std::vector<PatternStep> steps;
  std::vector<PatternBinding> bindings;  // position = that of a kBound leaf
  AfterFire after_fire = AfterFire::kRestart;
  std::uint32_t open_max = kPatternOpenMax;
  std::shared_ptr<const BusinessCalendar> calendar;  // of an absence whose span is in business days; null = the fact's within_ms
  std::uint32_t business_days = 0;
};

}  // namespace reckoner
