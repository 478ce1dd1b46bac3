// A value that need not stand where it is used: `env:NAME` is that environment variable, `file:PATH` the content of that file without the line end
// behind it, and anything else is itself.
#pragma once

#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace reckoner {

// Whether it stands elsewhere.
[[nodiscard]] bool stands_elsewhere(std::string_view value);

// Read anew each time. kConfiguration says where there is none, and nothing of what it is.
[[nodiscard]] Result<std::string> secret_value(std::string_view value);

}  // namespace reckoner
