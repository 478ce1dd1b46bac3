#include "operators/key_columns.hpp"

#include "engine/key.hpp"

namespace reckoner {

void write_key(RowWriter& writer, const std::vector<std::string>& by, std::string_view key) {
  if (by.size() == 1) return writer.text(by[0], key);
  for (const std::string& field : by) writer.text(field, take_key_part(key));
}

}  // namespace reckoner
