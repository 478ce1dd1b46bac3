// Where a text stops being JSON text at all: the places that simdjson's first stage refuses without saying where.
#pragma once

#include <string_view>

#include "connectors/json_strict.hpp"

namespace reckoner {

// `text` was refused before any value of it was read: empty, invalid UTF-8, a control byte in a string, or a string that does not end.
[[nodiscard]] JsonFault find_text_fault(std::string_view text);

}  // namespace reckoner
