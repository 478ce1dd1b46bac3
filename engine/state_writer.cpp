#include "engine/state_writer.hpp"

#include <string>

namespace reckoner {

bool StateWriter::put_into(CheckpointParts& parts, std::string_view prefix) const {
  std::string name;
  for (const Entry& entry : entries_) {
    if (entry.kind == Kind::kTail) continue;
    name = prefix;
    name.push_back(static_cast<char>(entry.op));
    name += this->name(entry);
    if (entry.kind == Kind::kRemoved) {
      parts.remove(name);
    } else {
      parts.put(name, value(entry));
    }
  }
  return !entries_.empty();
}

}  // namespace reckoner
