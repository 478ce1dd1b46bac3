// How well rules found the frauds that were planted: alerts and incidents a rule, against labels.csv of app/generate_card_fraud.hpp. An alert
// is right when the record that set it off is one of an incident of the rule's pattern; an incident is found when an alert is right about it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace reckoner {

struct RuleVerdict {
  std::string pattern;
  std::string rule;
  std::uint64_t alerts = 0;
  std::uint64_t right = 0;
  std::uint64_t incidents = 0;
  std::uint64_t found = 0;

  [[nodiscard]] double precision() const { return alerts == 0 ? 1 : static_cast<double>(right) / static_cast<double>(alerts); }
  [[nodiscard]] double recall() const { return incidents == 0 ? 1 : static_cast<double>(found) / static_cast<double>(incidents); }
};

class FraudVerdicts {
 public:
  // `rule_of` says which rule each pattern is for, as pairs of (pattern, rule). kData when a line of `labels` has another form or an unknown pattern.
  [[nodiscard]] static Result<FraudVerdicts> make(std::string_view labels, const std::vector<std::pair<std::string, std::string>>& rule_of);

  // `event_id`: of the record that set the alert off.
  void add_alert(std::string_view rule, const std::string& event_id);
  [[nodiscard]] const std::vector<RuleVerdict>& verdicts() const { return verdicts_; }  // in the order of rule_of

 private:
  struct Incident {
    std::size_t verdict = 0;
    bool found = false;
  };

  std::vector<RuleVerdict> verdicts_;
  std::vector<Incident> incidents_;
  std::map<std::string, std::size_t, std::less<>> incident_of_event_;
};

}  // namespace reckoner
