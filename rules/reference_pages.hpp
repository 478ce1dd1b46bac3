// Pages of the reference that are made from tables: every key of our YAML files, and every diagnostic code. docs/ holds them as written by
// `reckoner reference`; a test sees that they are current.
#pragma once

#include <string>

#include "rules/diagnostic.hpp"

namespace reckoner {

[[nodiscard]] std::string keys_page();   // docs/keys.md
[[nodiscard]] std::string codes_page();  // docs/codes.md

// The page of one code, as plain text for a terminal.
[[nodiscard]] std::string code_text(const DiagnosticInfo& info);

}  // namespace reckoner
