// How the checks' findings reach a reader: one failure a finding.
#pragma once

#include <string>

#include "support/catch.hpp"
#include "tidy/repository.hpp"

namespace reckoner::tidy {

inline void expect_none(const Findings& findings) {
  for (const std::string& finding : findings) FAIL_CHECK(finding);
  SUCCEED();
}

}  // namespace reckoner::tidy
