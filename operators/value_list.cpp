#include "operators/value_list.hpp"

#include <bit>
#include <utility>

#include "engine/check.hpp"
#include "engine/xxh3.hpp"

namespace reckoner {

ValueList::ValueList(std::string name, std::vector<ListEntry> entries)
    : name_(std::move(name)), entries_(std::move(entries)), slots_(std::bit_ceil(2 * entries_.size() + 1)) {
  const std::size_t last = slots_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string& value = entries_[i].value;
    std::size_t slot = XXH3_64bits(value.data(), value.size()) & last;
    for (; slots_[slot] != 0; slot = (slot + 1) & last) RECKONER_CHECK(entries_[slots_[slot] - 1].value != value, "{} twice in {}", value, name_);
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
    const std::u32string letters = fold_name(value);
    folded_.push_back({folded(letters).marks, static_cast<std::uint32_t>(letters_.size()), static_cast<std::uint32_t>(letters.size())});
    letters_ += letters;
  }
}

void ValueList::take_entries_of(ValueList other) {
  RECKONER_CHECK(other.name_ == name_, "entries of '{}' for '{}'", other.name_, name_);
  *this = std::move(other);
}

const ListEntry* ValueList::find(std::string_view value) const {
  const std::size_t last = slots_.size() - 1;
  for (std::size_t slot = XXH3_64bits(value.data(), value.size()) & last; slots_[slot] != 0; slot = (slot + 1) & last) {
    const ListEntry& entry = entries_[slots_[slot] - 1];
    if (entry.value == value) return &entry;
  }
  return nullptr;
}

const ListEntry* ValueList::find(std::string_view value, std::int64_t time_ms) const {
  const ListEntry* entry = find(value);
  return entry != nullptr && entry->holds_at(time_ms) ? entry : nullptr;
}

FoldedName ValueList::name_of(std::size_t entry) const {
  const Folded& one = folded_[entry];
  return {std::u32string_view(letters_).substr(one.begin, one.length), one.marks};
}

bool ValueList::has_alike(std::string_view name, std::int64_t least, std::int64_t time_ms) const {
  const std::u32string letters = fold_name(name);
  const FoldedName asked = folded(letters);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (are_alike(asked, name_of(i), least) && entries_[i].holds_at(time_ms)) return true;
  }
  return false;
}

ValueList::Alike ValueList::most_alike(std::string_view name, std::int64_t least, std::int64_t time_ms) const {
  const std::u32string letters = fold_name(name);
  const FoldedName asked = folded(letters);
  Alike best;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].holds_at(time_ms) || !are_alike(asked, name_of(i), least)) continue;
    const std::int64_t found = likeness(asked, name_of(i));
    if (best.entry == nullptr || found > best.likeness) best = {&entries_[i], found};
  }
  return best;
}

}  // namespace reckoner
