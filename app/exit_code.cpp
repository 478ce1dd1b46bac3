#include "app/exit_code.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace reckoner {

ExitCode exit_code(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kConfiguration:
      return ExitCode::kConfiguration;
    case ErrorKind::kData:
      return ExitCode::kBadData;
    case ErrorKind::kExternal:
      return ExitCode::kTryAgain;
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      return ExitCode::kInternal;
  }
  return ExitCode::kInternal;
}

int report_error(const Error& error) {
  fmt::print(stderr, "{}\n", error.text);
  return static_cast<int>(exit_code(error));
}

}  // namespace reckoner
