#include "engine/schema.hpp"

namespace reckoner {

std::optional<std::size_t> Schema::find(std::string_view name) const {
  for (std::size_t column = 0; column < fields.size(); ++column) {
    if (fields[column].name == name) return column;
  }
  return std::nullopt;
}

}  // namespace reckoner
