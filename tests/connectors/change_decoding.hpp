// A row of change events as text, for the tests of their decoder.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "decoding.hpp"

namespace reckoner::testing {

// As row_text(), and "skip REASON" for what was passed over.
inline std::string change_text(const Schema& schema, const RecordBlock& block, std::uint32_t row) {
  const std::uint8_t code = block.rejected.at(row);
  return code > 1 ? fmt::format("skip {}", to_text(static_cast<SkipCode>(code))) : row_text(schema, block, row);
}

}  // namespace reckoner::testing
