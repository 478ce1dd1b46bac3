// What the program's exit says, after sysexits. Documented in docs/operations.md: do not renumber.
#pragma once

#include "engine/error.hpp"

namespace reckoner {

enum class ExitCode : int {
  kOk = 0,
  kFindings = 1,  // something was checked and is not as it should be
  kUsage = 64,
  kBadData = 65,
  kInternal = 70,
  kTryAgain = 75,  // disk or network; may pass
  kConfiguration = 78,
};

[[nodiscard]] ExitCode exit_code(const Error& error);

// Prints the error to standard error, and returns its exit code as main() does.
int report_error(const Error& error);

}  // namespace reckoner
