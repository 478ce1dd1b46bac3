// What the exceptions of a rule set hid, from the alerts that a job wrote: by exception, week and rule. Time is event time: an exception is over
// when an alert has come that is not before its end.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "operators/plan.hpp"

namespace reckoner {

class ExceptionsReport {
 public:
  // The plan outlives the report.
  explicit ExceptionsReport(const Plan& plan);

  void add(std::string_view alert_row);
  [[nodiscard]] std::string text() const;

 private:
  struct Hidden {
    std::uint64_t hits = 0;
    std::set<std::string> keys;
  };
  [[nodiscard]] std::string standing(const ExceptionPlan& exception) const;

  const Plan& plan_;
  std::map<std::string, const KeyPlan*, std::less<>> key_of_rule_;
  // By exception, then by the Monday on which the week began (ms) and the rule.
  std::map<std::string, std::map<std::pair<std::int64_t, std::string>, Hidden>> hidden_;
  std::int64_t newest_ms_;
};

}  // namespace reckoner
