// The one row of the header column family (state/STATE_FORMAT.md): it enters the database in the same ingest as the parts it describes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/checkpoint_store.hpp"
#include "engine/error.hpp"

namespace reckoner {

inline constexpr std::string_view kHeaderKey = "header";

struct HeaderRow {
  std::uint64_t number = 0;  // of the copy
  CheckpointHeader header;
};

[[nodiscard]] std::string encode(const HeaderRow& row);
[[nodiscard]] Result<HeaderRow> decode_header_row(std::string_view bytes);

}  // namespace reckoner
