#include "app/fact_explanation.hpp"

#include <fmt/format.h>

#include <string_view>

#include "engine/check.hpp"
#include "rules/expression_text.hpp"

namespace reckoner {

namespace {

class Meaning {
 public:
  Meaning(const Plan& plan, const KeyPlan& key, const FactPlan& fact)
      : plan_(plan), key_(key), fact_(fact), schema_(plan.inputs[fact.input].schema) {}

  [[nodiscard]] std::string text() const {
    switch (fact_.kind) {
      case FactKind::kFirstSeen:
        return first_seen();
      case FactKind::kPrevious:
        return fmt::format("the {} of the record of {} before this one", field(), schema_.input);
      case FactKind::kLatest:
        return fmt::format("the {} of the latest record of {}, this one included", field(), schema_.input);
      case FactKind::kSincePrevious:
        return fmt::format("the time since the record of {} before this one", schema_.input);
      case FactKind::kGeoSpeed:
        return fmt::format("km/h between the places of this record of {} and the one before; hops under {} km are 0", schema_.input,
                           fact_.minimum_km);
      case FactKind::kSequence:
        return fmt::format("whether this record of {} completes {} within {}", schema_.input, steps(", then "), within());
      case FactKind::kTogether:
        return fmt::format("whether {} all came within {}", steps(", "), within());
      case FactKind::kAbsence:
        return fmt::format("whether {} did not come within {}, as the watermark decides", steps(" and after it "), within());
      case FactKind::kRatio:
        return ratio();
      case FactKind::kBaseline:
        return baseline();
      case FactKind::kBinding:
        return "a value of a record that made " + key_.facts[fact_.pattern_fact].name;
      case FactKind::kBorrowed:
        return borrowed();
      default:
        return fmt::format("{} records of {} in the {} up to the record at hand, {}", aggregate(), schema_.input, within(),
                           fact_.exclude_current ? "without it" : "it included");
    }
  }

 private:
  [[nodiscard]] const std::string& field() const { return schema_.fields[fact_.value].name; }
  [[nodiscard]] std::string within() const {
    if (!fact_.pattern || fact_.pattern->calendar == nullptr) return duration_text(fact_.within_ms);
    return fmt::format("{} business days of calendar {}", fact_.pattern->business_days, fact_.pattern->calendar->name());
  }

  // Of those in the window.
  [[nodiscard]] std::string aggregate() const {
    switch (fact_.kind) {
      case FactKind::kCount:
        return "the number of";
      case FactKind::kDistinct:
        return fmt::format("the number of different values of {} among", field());
      case FactKind::kZScore:
        return fmt::format("how many standard deviations this record's {} lies above the mean of it among", field());
      case FactKind::kRobustZScore:
        return fmt::format("how many deviations, measured by medians, this record's {} lies above the median of it among", field());
      default:
        return fmt::format("the {} of {} over", statistic(fact_.kind), field());
    }
  }

  [[nodiscard]] std::string statistic(FactKind kind) const {
    switch (kind) {
      case FactKind::kSum:
        return "sum";
      case FactKind::kAverage:
        return "mean";
      case FactKind::kMinimum:
        return "least";
      case FactKind::kMaximum:
        return "greatest";
      case FactKind::kStandardDeviation:
        return "standard deviation";
      case FactKind::kPercentile:
        return fmt::format("{}th percentile", fact_.percent);
      case FactKind::kMedian:
        return "median";
      case FactKind::kMode:
        return "most frequent value";
      default:
        RECKONER_UNREACHABLE("a kind of fact that is no statistic");
    }
  }

  [[nodiscard]] std::string first_seen() const {
    std::string text =
        fmt::format("whether the {} of this record of {} is new: none of the last {} that were new", field(), schema_.input, fact_.remember_count);
    if (fact_.remember_ms > 0) text += fmt::format(" and seen within {}", duration_text(fact_.remember_ms));
    return text;
  }

  [[nodiscard]] std::string ratio() const {
    const FactPlan& part = key_.facts[fact_.part_fact];
    return fmt::format("the share of those where {} among records of {} in the {} up to the record at hand",
                       part.where ? expression_text(plan_, key_, *part.where) : "true", plan_.inputs[part.input].schema.input,
                       duration_text(part.within_ms));
  }

  [[nodiscard]] std::string baseline() const {
    const std::string measured = fact_.measured == FactKind::kCount ? std::string("the number of") : fmt::format("the sum of {} over", field());
    return fmt::format("the {} of {} records of {} in each {} of the {} before this record's own", statistic(fact_.statistic), measured,
                       schema_.input, duration_text(fact_.bucket_ms), within());
  }

  [[nodiscard]] std::string borrowed() const {
    const KeyPlan& lender = plan_.keys[fact_.lender];
    return fmt::format("of the {} of the record at hand: {}", fmt::join(lender.by, ", "), fact_meaning(plan_, lender, lender.facts[fact_.lent_fact]));
  }

  // "chg of profile where ..., then pay of transactions".
  [[nodiscard]] std::string steps(std::string_view joint) const {
    const PatternPlan& pattern = pattern_of(fact_);
    std::string text;
    for (const PatternStep& step : pattern.steps) {
      text += fmt::format("{}{}{} of {}", text.empty() ? "" : joint, step.never ? "no " : "", step.name, plan_.inputs[step.input].schema.input);
      if (step.at_least > 1) text += fmt::format(" ({} of them)", step.at_least);
      if (step.where) text += fmt::format(" where {}", expression_text(plan_, key_, *step.where));
      if (step.bound) text += fmt::format(" {} {}", step.where ? "and" : "where", bound_condition_text(plan_, key_, pattern, *step.bound));
    }
    return text;
  }

  const Plan& plan_;
  const KeyPlan& key_;
  const FactPlan& fact_;
  const Schema& schema_;
};

}  // namespace

std::string fact_meaning(const Plan& plan, const KeyPlan& key, const FactPlan& fact) { return Meaning(plan, key, fact).text(); }

std::vector<std::string> fact_conditions(const Plan& plan, const KeyPlan& key, const FactPlan& fact) {
  if (fact.kind == FactKind::kBorrowed) return fact_conditions(plan, plan.keys[fact.lender], plan.keys[fact.lender].facts[fact.lent_fact]);
  std::vector<std::string> lines;
  if (fact.where) lines.push_back("of those where " + expression_text(plan, key, *fact.where));
  if (fact.like) lines.push_back("and like the record at hand: " + like_condition_text(plan, key, fact));
  if (fact.min_samples > 1)
    lines.push_back(fmt::format("unknown over fewer than {} {}", fact.min_samples, fact.kind == FactKind::kBaseline ? "of them" : "values"));
  if (fact.learning_ms > 0) lines.push_back(fmt::format("unknown until the key's first value is {} old", duration_text(fact.learning_ms)));
  return lines;
}

bool keeps_entries(const FactPlan& fact) { return is_aggregate(fact.kind) || fact.kind == FactKind::kRatio; }

}  // namespace reckoner
