#include "rules/condition_ranges.hpp"

#include <algorithm>
#include <limits>

#include "engine/int128.hpp"
#include "engine/powers_of_ten.hpp"

namespace reckoner {

namespace {

using Interval = ConditionRanges::Interval;

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
constexpr Interval kAnything{kLowest, kHighest};

bool is_constant_leaf(const Expression& expression) { return expression.operation == Operation::kConstant; }

std::int64_t clamped(Int128 value) { return value < kLowest ? kLowest : value > kHighest ? kHighest : static_cast<std::int64_t>(value); }

// An end that is not known stays so, whatever is added or multiplied.
std::int64_t sum(std::int64_t left, std::int64_t right, std::int64_t unknown) {
  return left == unknown || right == unknown ? unknown : clamped(Int128{left} + right);
}

Interval negated(Interval one) { return {one.high == kHighest ? kLowest : -one.high, one.low == kLowest ? kHighest : -one.low}; }

Interval added(Interval left, Interval right) { return {sum(left.low, right.low, kLowest), sum(left.high, right.high, kHighest)}; }

Interval multiplied(Interval left, Interval right) {
  if (left.low == kLowest || left.high == kHighest || right.low == kLowest || right.high == kHighest) {
    const bool positive = left.low >= 0 && right.low >= 0;
    return positive ? Interval{clamped(Int128{left.low} * right.low), kHighest} : kAnything;
  }
  const std::array<Int128, 4> corners{Int128{left.low} * right.low, Int128{left.low} * right.high, Int128{left.high} * right.low,
                                      Int128{left.high} * right.high};
  return {clamped(*std::min_element(corners.begin(), corners.end())), clamped(*std::max_element(corners.begin(), corners.end()))};
}

Interval scaled(Interval one, int from, int to) {
  if (from == to) return one;
  const Int128 factor = kPowersOfTen[static_cast<std::size_t>(from < to ? to - from : from - to)];
  const auto end = [&](std::int64_t value, std::int64_t unknown, int outwards) {
    if (value == unknown) return unknown;
    return from < to ? clamped(Int128{value} * factor) : clamped(Int128{value} / factor + outwards);
  };
  return {end(one.low, kLowest, -1), end(one.high, kHighest, 1)};
}

Interval joined(Interval left, Interval right) { return {std::min(left.low, right.low), std::max(left.high, right.high)}; }

Operation mirrored(Operation operation) {
  switch (operation) {
    case Operation::kLess:
      return Operation::kGreater;
    case Operation::kLessOrEqual:
      return Operation::kGreaterOrEqual;
    case Operation::kGreater:
      return Operation::kLess;
    case Operation::kGreaterOrEqual:
      return Operation::kLessOrEqual;
    default:
      return operation;
  }
}

bool is_comparison(Operation operation) { return operation >= Operation::kEqual && operation <= Operation::kGreaterOrEqual; }

bool joins(Operation operation) { return operation == Operation::kAnd || operation == Operation::kOr || operation == Operation::kNot; }

}  // namespace

void ConditionRanges::collect_atoms(const Expression& condition, std::vector<const Expression*>& into) {
  if (!joins(condition.operation)) return into.push_back(&condition);
  for (const Expression& argument : condition.arguments) collect_atoms(argument, into);
}

bool ConditionRanges::possible(const std::vector<Wish>& wishes) const { return possible(wishes, {}); }

// Takes apart what must hold all at once; what is left are alternatives, of each of which one must be possible.
bool ConditionRanges::possible(const std::vector<Wish>& wishes, Knowledge knowledge) const {
  std::vector<Wish> open = wishes;
  std::vector<Wish> alternatives;
  while (!open.empty()) {
    const Wish wish = open.back();
    open.pop_back();
    const Operation operation = wish.condition->operation;
    if (operation == Operation::kNot) {
      open.push_back({&wish.condition->arguments.front(), !wish.wanted});
    } else if (operation == (wish.wanted ? Operation::kAnd : Operation::kOr)) {
      for (const Expression& argument : wish.condition->arguments) open.push_back({&argument, wish.wanted});
    } else if (joins(operation)) {
      alternatives.push_back(wish);
    } else if (!learn(wish, knowledge)) {
      return false;
    }
  }
  return std::all_of(alternatives.begin(), alternatives.end(), [&](const Wish& wish) {
    const std::vector<Expression>& arguments = wish.condition->arguments;
    return std::any_of(arguments.begin(), arguments.end(), [&](const Expression& one) { return possible({{&one, wish.wanted}}, knowledge); });
  });
}

bool ConditionRanges::learn(const Wish& atom, Knowledge& knowledge) const {
  const Expression& condition = *atom.condition;
  if (is_constant_leaf(condition)) return (condition.constant != 0) == atom.wanted;
  if (condition.operation == Operation::kIn) return learn_membership(condition, atom.wanted, knowledge);
  if (is_comparison(condition.operation))
    return learn_comparison(condition, atom.wanted ? condition.operation : *opposite(condition.operation), knowledge);
  return learn_number(condition, Operation::kEqual, atom.wanted ? 1 : 0, knowledge);
}

bool ConditionRanges::learn_comparison(const Expression& comparison, Operation operation, Knowledge& knowledge) const {
  const Expression* left = &comparison.arguments[0];
  const Expression* right = &comparison.arguments[1];
  if (is_constant_leaf(*left)) {
    std::swap(left, right);
    operation = mirrored(operation);
  }
  if (left->type.kind == ValueKind::kString)
    return !is_constant_leaf(*right) || learn_text(*left, {right->text}, operation == Operation::kEqual, knowledge);
  if (is_constant_leaf(*right)) return learn_number(*left, operation, right->constant, knowledge);
  const Interval low = interval_of(*left);
  const Interval high = interval_of(*right);
  switch (operation) {
    case Operation::kLess:
      return low.low < high.high;
    case Operation::kLessOrEqual:
      return low.low <= high.high;
    case Operation::kGreater:
      return low.high > high.low;
    case Operation::kGreaterOrEqual:
      return low.high >= high.low;
    case Operation::kEqual:
      return low.low <= high.high && high.low <= low.high;
    default:
      return true;
  }
}

ConditionRanges::Known& ConditionRanges::known_of(const Expression& value, Knowledge& knowledge) const {
  const auto [place, is_new] = knowledge.try_emplace(canonical_text(value));
  if (is_new) place->second.interval = interval_of(value);
  return place->second;
}

bool ConditionRanges::learn_number(const Expression& value, Operation operation, std::int64_t bound, Knowledge& knowledge) const {
  Known& known = known_of(value, knowledge);
  std::int64_t& low = known.interval.low;
  std::int64_t& high = known.interval.high;
  if (operation == Operation::kEqual || operation == Operation::kGreaterOrEqual) low = std::max(low, bound);
  if (operation == Operation::kEqual || operation == Operation::kLessOrEqual) high = std::min(high, bound);
  if (operation == Operation::kGreater) {
    if (bound == kHighest) return false;
    low = std::max(low, bound + 1);
  }
  if (operation == Operation::kLess) {
    if (bound == kLowest) return false;
    high = std::min(high, bound - 1);
  }
  if (operation == Operation::kNotEqual) known.excluded.insert(bound);
  while (low < high && known.excluded.contains(low)) ++low;
  while (low < high && known.excluded.contains(high)) --high;
  return low <= high && !(low == high && known.excluded.contains(low));
}

bool ConditionRanges::learn_text(const Expression& value, const std::set<std::string>& texts, bool wanted, Knowledge& knowledge) const {
  Known& known = known_of(value, knowledge);
  if (!wanted) {
    known.other_texts.insert(texts.begin(), texts.end());
  } else if (!known.texts) {
    known.texts = texts;
  } else {
    std::erase_if(*known.texts, [&](const std::string& one) { return !texts.contains(one); });
  }
  if (!known.texts) return true;
  std::erase_if(*known.texts, [&](const std::string& one) { return known.other_texts.contains(one); });
  return !known.texts->empty();
}

bool ConditionRanges::learn_membership(const Expression& membership, bool wanted, Knowledge& knowledge) const {
  const Expression& value = membership.arguments.front();
  if (value.type.kind == ValueKind::kString) {
    std::set<std::string> texts;
    for (std::size_t i = 1; i < membership.arguments.size(); ++i) texts.insert(membership.arguments[i].text);
    return learn_text(value, texts, wanted, knowledge);
  }
  Known& known = known_of(value, knowledge);
  if (wanted) {
    // Between members that are not neighbours everything else is excluded, as far as the gaps are small.
    std::set<std::int64_t> members;
    for (std::size_t i = 1; i < membership.arguments.size(); ++i) members.insert(membership.arguments[i].constant);
    constexpr std::int64_t kGapMax = 1000;
    if (!learn_number(value, Operation::kGreaterOrEqual, *members.begin(), knowledge)) return false;
    if (!learn_number(value, Operation::kLessOrEqual, *members.rbegin(), knowledge)) return false;
    if (*members.rbegin() - *members.begin() > kGapMax) return true;
    for (std::int64_t one = *members.begin(); one <= *members.rbegin(); ++one) {
      if (!members.contains(one)) known.excluded.insert(one);
    }
    return learn_number(value, Operation::kGreaterOrEqual, known.interval.low, knowledge);
  }
  for (std::size_t i = 1; i < membership.arguments.size(); ++i) {
    if (!learn_number(value, Operation::kNotEqual, membership.arguments[i].constant, knowledge)) return false;
  }
  return true;
}

Interval ConditionRanges::field_interval(const Field& field) const {
  if (field.type.kind == ValueKind::kBool) return {0, 1};
  if (field.type.kind == ValueKind::kEnum) return {0, static_cast<std::int64_t>(field.type.names->size()) - 1};
  return {field.minimum.value_or(kLowest), field.maximum.value_or(kHighest)};
}

Interval ConditionRanges::fact_interval(const FactPlan& fact) const {
  const Field& field = plan_.inputs[fact.input].schema.fields[fact.value];
  switch (fact.kind) {
    case FactKind::kCount:
    case FactKind::kDistinct:
      return {0, key_.per_key_max};
    case FactKind::kSum: {
      const Interval one = field_interval(field);
      return {one.low >= 0 ? 0 : kLowest, one.high <= 0 ? 0 : kHighest};
    }
    case FactKind::kAverage:
      return scaled(field_interval(field), field.type.scale, fact.type.scale);
    case FactKind::kMinimum:
    case FactKind::kMaximum:
    case FactKind::kPrevious:
    case FactKind::kLatest:
      return field_interval(field);
    case FactKind::kFirstSeen:
      return {0, 1};
    case FactKind::kGeoSpeed:
      return {0, kHighest};
    default:
      return kAnything;
  }
}

Interval ConditionRanges::interval_of(const Expression& value) const {
  const auto argument = [&](std::size_t i) { return interval_of(value.arguments[i]); };
  switch (value.operation) {
    case Operation::kConstant:
      return value.type.kind == ValueKind::kString ? kAnything : Interval{value.constant, value.constant};
    case Operation::kField:
      return field_interval(plan_.inputs[value.input].schema.fields[value.position]);
    case Operation::kFact:
      return fact_interval(key_.facts[value.position]);
    case Operation::kAdd:
      return added(argument(0), argument(1));
    case Operation::kSubtract:
      return added(argument(0), negated(argument(1)));
    case Operation::kNegate:
      return negated(argument(0));
    case Operation::kMultiply:
      return multiplied(argument(0), argument(1));
    case Operation::kRescale:
      return scaled(argument(0), value.arguments[0].type.scale, value.type.scale);
    case Operation::kMinimum:
    case Operation::kMaximum: {
      Interval result = argument(0);
      const bool least = value.operation == Operation::kMinimum;
      for (std::size_t i = 1; i < value.arguments.size(); ++i) {
        const Interval other = argument(i);
        result.low = least ? std::min(result.low, other.low) : std::max(result.low, other.low);
        result.high = least ? std::min(result.high, other.high) : std::max(result.high, other.high);
      }
      return result;
    }
    case Operation::kClamp:
      return {argument(1).low, argument(2).high};
    case Operation::kIf:
      return joined(argument(1), argument(2));
    case Operation::kAbsolute: {
      const Interval one = argument(0);
      return one.low >= 0 ? one : Interval{0, std::max(one.high, negated(one).high)};
    }
    default:
      return value.type.kind == ValueKind::kBool ? Interval{0, 1} : kAnything;
  }
}

}  // namespace reckoner
