// A list that expressions ask, as of blocked payees: values with a time from and until which each is in force, by event time. Part of the
// rule set; read-only but for take_entries_of(), so it may be shared by threads.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operators/similar_names.hpp"

namespace reckoner {

inline constexpr std::size_t kListEntriesMax = 200'000;

struct ListEntry {
  std::string value;
  std::int64_t from_ms = std::numeric_limits<std::int64_t>::min();   // in force from then on,
  std::int64_t until_ms = std::numeric_limits<std::int64_t>::max();  // but not at this time
  std::string by;                                                    // who put it in; "" = not said
  std::string reason;

  [[nodiscard]] bool holds_at(std::int64_t time_ms) const { return from_ms <= time_ms && time_ms < until_ms; }
  friend bool operator==(const ListEntry&, const ListEntry&) = default;
};

class ValueList {
 public:
  // No value may be there twice.
  ValueList(std::string name, std::vector<ListEntry> entries);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<ListEntry>& entries() const { return entries_; }

  // In the place of its own, while nobody asks and nobody holds an entry. The other list has the same name.
  void take_entries_of(ValueList other);

  // Rules add to it: its place in Round::added.
  void let_rules_add(std::uint32_t place) { added_place_ = place; }
  [[nodiscard]] std::optional<std::uint32_t> added_place() const { return added_place_; }

  // The entry with exactly this value, whenever it is in force; null = there is none.
  [[nodiscard]] const ListEntry* find(std::string_view value) const;
  // The same if it is in force then.
  [[nodiscard]] const ListEntry* find(std::string_view value, std::int64_t time_ms) const;

  // Whether a name in force then is at least so alike (operators/similar_names.hpp). Looks at every entry: some 65 ns each.
  [[nodiscard]] bool has_alike(std::string_view name, std::int64_t least, std::int64_t time_ms) const;

  // The one that is most alike among those in force, the first of equals; null = all are less alike than `least`.
  struct Alike {
    const ListEntry* entry = nullptr;
    std::int64_t likeness = 0;
  };
  [[nodiscard]] Alike most_alike(std::string_view name, std::int64_t least, std::int64_t time_ms) const;

 private:
  struct Folded {
    std::uint64_t marks = 0;
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
  };
  [[nodiscard]] FoldedName name_of(std::size_t entry) const;

  std::string name_;
  std::optional<std::uint32_t> added_place_;
  std::vector<ListEntry> entries_;
  std::vector<std::uint32_t> slots_;  // open addressing: entry + 1; 0 = free
  std::u32string letters_;            // folded names, one behind the other
  std::vector<Folded> folded_;        // by entry
};

}  // namespace reckoner
