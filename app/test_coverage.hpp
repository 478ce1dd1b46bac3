// What the tests of a rule set took: rules, branches of `fire`, facts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/test_file.hpp"
#include "app/test_probes.hpp"

namespace reckoner {

class TestCoverage {
 public:
  TestCoverage(const TestedRuleSet& tested, const Probes& probes);

  void add(const ProbeReading& reading);
  void add_alert(std::string_view rule);

  // "6 of 6 rules fired, ..." and a line for each thing that no test took.
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] std::vector<std::string> missing() const;
  // Rules that no test saw fire.
  [[nodiscard]] std::vector<std::string> never_fired() const;

 private:
  struct RuleSeen {
    std::size_t key = 0;
    std::size_t rule = 0;
    bool fired = false;
    bool silent = false;
  };
  struct BranchSeen {
    bool held = false;
    bool failed = false;
  };
  [[nodiscard]] std::string rule_place(std::size_t key, std::size_t rule) const;

  const TestedRuleSet tested_;
  const std::vector<Branch>& branches_;
  std::vector<RuleSeen> rules_;
  std::vector<BranchSeen> branches_seen_;
  std::vector<std::vector<bool>> facts_;  // by key kind and position
};

}  // namespace reckoner
