// The entries of a list, as CSV (RFC 4180, comma or quotes): the first line names the columns, every other one is an entry.
//
//   value,from,until,by,reason
//   P7,2026-01-01,2026-06-30T12:00:00Z,alice,"chargeback, twice"
//
// `value` must be there. A time is a day, which begins at 00:00 UTC, or RFC 3339. An entry holds from `from` on and no longer at `until`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "operators/value_list.hpp"
#include "rules/expression_lexer.hpp"

namespace reckoner {

struct ListSettings {
  std::string_view value_column = "value";
  std::int64_t entry_ttl_ms = 0;  // of entries without `until`, from `from` on; 0 = they have no end
};

// Reports everything that is wrong, at bytes of `text`; empty when something was.
[[nodiscard]] std::optional<std::vector<ListEntry>> read_list_entries(std::string_view text, const ListSettings& settings,
                                                                      const std::function<void(const ExpressionFault&)>& report);

}  // namespace reckoner
