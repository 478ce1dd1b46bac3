// The key's fields as columns of an output row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/outputs.hpp"

namespace reckoner {

// `key` is the key's bytes: the text itself for one field, else each field's text after its length (engine/key.hpp).
void write_key(RowWriter& writer, const std::vector<std::string>& by, std::string_view key);

}  // namespace reckoner
