// The findings of a rule set as it stands and in its environments, each told once.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rules/diagnostic.hpp"

namespace reckoner {

class EnvironmentFindings {
 public:
  // Of the rule set as it stands.
  explicit EnvironmentFindings(std::vector<Diagnostic> base);

  // What is found in an environment; what is found without it too is no finding of its own.
  void add(const std::string& environment, const std::vector<Diagnostic>& found);

  // All of them; those of environments alone begin with "in environment NAME: ".
  [[nodiscard]] std::vector<Diagnostic> take_sorted();

 private:
  std::map<std::string, Diagnostic> base_;  // by their texts, which hold all that tells them apart
  std::map<std::string, std::pair<Diagnostic, std::vector<std::string>>> own_;
};

}  // namespace reckoner
