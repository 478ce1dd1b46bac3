// What is left of AddedEntries in a checkpoint, as it is stored: for who restores them and for who shows them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/added_entries.hpp"

namespace reckoner {

struct StoredEntry {
  std::string value;
  AddedEntry entry;
};

struct StoredList {
  std::string name;
  std::uint64_t gave_way = 0;
  std::vector<StoredEntry> entries;  // by value, then by time
};

// Of what AddedEntries::state() gives.
[[nodiscard]] std::vector<StoredList> stored_lists(std::string_view state);

}  // namespace reckoner
