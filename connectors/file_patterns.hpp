// Shell patterns over the files port: `*`, `?` and `[...]` in any part of a path; a leading dot is matched only by a dot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/files.hpp"

namespace reckoner {

[[nodiscard]] bool is_pattern(std::string_view path);

// Sorted by bytes. A pattern yields what it matches now, perhaps nothing; a plain path yields itself, whether it exists or not.
[[nodiscard]] Result<std::vector<std::string>> matching_paths(Files& files, const std::string& pattern);

}  // namespace reckoner
