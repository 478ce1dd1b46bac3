// JSON Schema (draft-07) of our YAML files, for editors: made from the tables that the loader reads (rules/map_forms.hpp). A file that loads is
// valid under it; what depends on more than one value, the loader alone tells.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rules/map_forms.hpp"

namespace reckoner {

// A file whose top is `form`. `name` goes into its title.
[[nodiscard]] std::string json_schema(const MapForm& form);

// A text between quotes, escaped.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace reckoner
