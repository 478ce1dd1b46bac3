// Nothing that differs between two runs may reach an output: no wall clock, random number or unordered container outside the ports.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {

// A line of tests/tidy/allowed.txt: this file may use this word, for a reason that a reader can judge.
struct Allowance {
  std::string path;
  std::string word;
  std::string reason;
  std::size_t line = 0;
};

struct Allowances {
  std::vector<Allowance> entries;
  Findings malformed;
};

[[nodiscard]] Allowances parse_allowances(std::string_view text);

// Uses without an allowance, and allowances without a use: the list may only hold what is needed.
[[nodiscard]] Findings check_determinism(const std::vector<SourceFile>& files, const std::vector<Allowance>& allowances);

}  // namespace reckoner::tidy
