#include "engine/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace reckoner {

void check_failed(const char* file, int line, const char* condition, std::string_view text) {
  fmt::print(stderr, "{}:{}: check failed: {}{}{}\n", file, line, condition, text.empty() ? "" : ": ", text);
  std::fflush(stderr);
  std::abort();
}

}  // namespace reckoner
