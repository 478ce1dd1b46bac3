// What a failed system call on a file means to a person: which file, what was tried, why, what to do next.
#pragma once

#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

// `error_number` is errno as the call left it; `what` completes "cannot ...": "append to", "sync".
[[nodiscard]] Error posix_error(std::string_view what, const std::string& path, int error_number);

}  // namespace reckoner
