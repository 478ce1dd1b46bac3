// What a condition can be: whether any record can make it true, or false, as far as ranges tell. Knows the bounds of fields that the schema
// declares, the names of enums, what counts and sums can be, and which comparisons of one value contradict each other. Cautious: where it cannot
// tell, everything is possible. Unknown values are left aside: they make no condition true and none false.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operators/plan.hpp"

namespace reckoner {

// A condition and the truth that is asked of it.
struct Wish {
  const Expression* condition = nullptr;
  bool wanted = true;
};

class ConditionRanges {
 public:
  // Facts and scores are those of `key`. Both outlive it.
  ConditionRanges(const Plan& plan, const KeyPlan& key) : plan_(plan), key_(key) {}

  // Whether all of them can be had at once.
  [[nodiscard]] bool possible(const std::vector<Wish>& wishes) const;

  // What a value can be, in its own unit; the ends of 64 bits where nothing is known.
  struct Interval {
    std::int64_t low = 0;
    std::int64_t high = 0;
  };
  [[nodiscard]] Interval interval_of(const Expression& value) const;

  // Comparisons and truths that are joined by and, or and not in the condition.
  static void collect_atoms(const Expression& condition, std::vector<const Expression*>& into);

 private:
  // What is known of one value by the wishes so far.
  struct Known {
    Interval interval;
    std::set<std::int64_t> excluded;
    std::optional<std::set<std::string>> texts;  // one of them
    std::set<std::string> other_texts;           // none of them
  };
  using Knowledge = std::map<std::string, Known>;  // by canonical text

  [[nodiscard]] bool possible(const std::vector<Wish>& wishes, Knowledge knowledge) const;
  [[nodiscard]] bool learn(const Wish& atom, Knowledge& knowledge) const;
  [[nodiscard]] bool learn_comparison(const Expression& comparison, Operation operation, Knowledge& knowledge) const;
  [[nodiscard]] bool learn_number(const Expression& value, Operation operation, std::int64_t bound, Knowledge& knowledge) const;
  [[nodiscard]] bool learn_text(const Expression& value, const std::set<std::string>& texts, bool wanted, Knowledge& knowledge) const;
  [[nodiscard]] bool learn_membership(const Expression& membership, bool wanted, Knowledge& knowledge) const;
  [[nodiscard]] Known& known_of(const Expression& value, Knowledge& knowledge) const;
  [[nodiscard]] Interval fact_interval(const FactPlan& fact) const;
  [[nodiscard]] Interval field_interval(const Field& field) const;

  const Plan& plan_;
  const KeyPlan& key_;
};

}  // namespace reckoner
