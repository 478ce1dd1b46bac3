#include "engine/added_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "engine/added_state.hpp"
#include "engine/big_endian.hpp"
#include "engine/check.hpp"

namespace reckoner {

bool ListAddition::comes_before(const ListAddition& other) const {
  const auto rank = [](const ListAddition& one) { return std::tie(one.order, one.from_ms, one.by, one.value, one.reason, one.list); };
  return rank(*this) < rank(other);
}

// Stored: do not change. docs/formats.md describes it.
void append(std::string& bytes, const ListAddition& addition) {
  append_big_endian(bytes, addition.list);
  append_big_endian(bytes, sortable(addition.from_ms));
  append_big_endian(bytes, addition.behind);
  append_counted(bytes, addition.value);
  append_counted(bytes, addition.by);
  append_counted(bytes, addition.reason);
}

ListAddition take_addition(std::string_view bytes, RowOrder place) {
  ListAddition addition;
  addition.list = take_big_endian<std::uint32_t>(bytes);
  addition.order = place;
  addition.from_ms = from_sortable(take_big_endian<std::uint64_t>(bytes));
  addition.behind = take_big_endian<std::uint64_t>(bytes);
  addition.value = take_counted(bytes);
  addition.by = take_counted(bytes);
  addition.reason = take_counted(bytes);
  return addition;
}

AddedEntries::AddedEntries(std::vector<AddedList> lists, std::size_t entries_max) : entries_max_(entries_max) {
  RECKONER_CHECK(entries_max_ > 0);
  for (AddedList& list : lists) {
    RECKONER_CHECK(list.added_for_ms > 0, "entries of list {} would never end", list.name);
    lists_.push_back({std::move(list), {}, {}, {}, {}, 0});
  }
}

const AddedEntry* AddedEntries::find(std::uint32_t list, std::string_view value, const Asker& asker) const {
  const Values& values = lists_[list].values;
  const auto found = values.find(value);
  if (found == values.end()) return nullptr;
  const std::vector<Version>& versions = found->second;
  const auto version = std::find_if(versions.rbegin(), versions.rend(), [&](const Version& one) { return one.order < asker.order; });
  if (version == versions.rend()) return nullptr;
  const auto holds = [&](const AddedEntry& entry) {
    const bool has_begun = std::tie(entry.from_ms, entry.behind) <= std::tie(asker.event_time_ms, asker.position);
    return has_begun && asker.event_time_ms < entry.until_ms && asker.watermark_ms < entry.until_ms;
  };
  const auto entry = std::find_if(version->times.begin(), version->times.end(), holds);
  return entry == version->times.end() ? nullptr : &*entry;
}

void AddedEntries::take(std::vector<ListAddition>& additions, std::uint32_t level) {
  for (ListAddition& addition : additions) lists_.at(addition.list).waiting.push_back(std::move(addition));
  additions.clear();
  for (List& list : lists_) {
    if (list.plan.level != level) continue;
    std::sort(list.waiting.begin(), list.waiting.end(), [](const ListAddition& left, const ListAddition& right) { return left.comes_before(right); });
    for (ListAddition& addition : list.waiting) add(list, addition, 0);
    list.waiting.clear();
  }
}

void AddedEntries::take_handed_on(ListAddition addition) { add(lists_.at(addition.list), addition, addition.behind); }

void AddedEntries::add(List& list, ListAddition& addition, std::uint64_t behind) {
  AddedEntry entry{addition.from_ms, behind, addition.from_ms + list.plan.added_for_ms, std::move(addition.by), std::move(addition.reason)};
  auto at = list.values.find(addition.value);
  if (at == list.values.end() || at->second.back().times.empty()) make_room(list, addition.order);
  if (at == list.values.end()) at = list.values.emplace(std::move(addition.value), std::vector<Version>()).first;
  const Times before = at->second.empty() ? Times() : at->second.back().times;
  put(list, at, addition.order, with(before, std::move(entry), addition.watermark_ms));
}

// What event time has passed may have been forgotten by now, or not.
AddedEntries::Times AddedEntries::with(const Times& times, AddedEntry entry, std::int64_t watermark_ms) {
  Times joined;
  for (const AddedEntry& there : times) {
    if (there.until_ms <= watermark_ms) continue;
    if (there.until_ms <= entry.from_ms || entry.until_ms <= there.from_ms) {
      joined.push_back(there);
    } else {
      const AddedEntry& first = std::tie(there.from_ms, there.behind) <= std::tie(entry.from_ms, entry.behind) ? there : entry;
      entry = {first.from_ms, first.behind, std::max(there.until_ms, entry.until_ms), first.by, first.reason};
    }
  }
  const auto comes_later = [&](const AddedEntry& there) { return there.from_ms > entry.from_ms; };
  joined.insert(std::find_if(joined.begin(), joined.end(), comes_later), std::move(entry));
  return joined;
}

// Those that are over end first, so that it does not matter whether they were forgotten already.
void AddedEntries::make_room(List& list, RowOrder order) const {
  if (list.by_end.size() < entries_max_) return;
  put(list, list.values.find(list.by_end.begin()->second), order, {});
  ++list.gave_way;
}

void AddedEntries::put(List& list, Values::iterator at, RowOrder order, Times times) {
  std::vector<Version>& versions = at->second;
  if (!versions.empty() && !versions.back().times.empty()) list.by_end.erase({versions.back().times.back().until_ms, at->first});
  if (!times.empty()) list.by_end.emplace(times.back().until_ms, at->first);
  versions.push_back({order, std::move(times)});
  list.changed.push_back(at);
}

void AddedEntries::settle(std::int64_t watermark_ms) {
  for (List& list : lists_) {
    RECKONER_CHECK(list.waiting.empty(), "{} entries of list {} still wait", list.waiting.size(), list.plan.name);
    std::vector<Values::iterator> gone;
    for (const Values::iterator at : list.changed) {
      std::vector<Version>& versions = at->second;
      if (versions.size() > 1) versions.erase(versions.begin(), versions.end() - 1);
      if (!versions.empty()) versions.back().order = {};  // whatever is decided later comes behind it
    }
    while (!list.by_end.empty() && list.by_end.begin()->first <= watermark_ms) {
      const auto over = list.values.find(list.by_end.begin()->second);
      list.by_end.erase(list.by_end.begin());
      over->second.back().times.clear();
      list.changed.push_back(over);
    }
    for (const Values::iterator at : list.changed) {
      if (!at->second.empty() && at->second.back().times.empty()) {
        at->second.clear();
        gone.push_back(at);
      }
    }
    for (const Values::iterator at : gone) list.values.erase(at);
    list.changed.clear();
  }
}

// Stored in checkpoints: do not change. docs/formats.md describes it.
std::string AddedEntries::state() const {
  std::string state;
  append_big_endian(state, static_cast<std::uint32_t>(lists_.size()));
  for (const List& list : lists_) {
    append_counted(state, list.plan.name);
    append_big_endian(state, list.gave_way);
    const auto add_times = [](std::size_t sum, const auto& value) { return sum + value.second.front().times.size(); };
    append_big_endian(state, static_cast<std::uint32_t>(std::accumulate(list.values.begin(), list.values.end(), std::size_t{0}, add_times)));
    for (const auto& [value, versions] : list.values) {
      RECKONER_CHECK(versions.size() == 1 && !versions.front().times.empty(), "list {} is copied inside a round", list.plan.name);
      for (const AddedEntry& entry : versions.front().times) {
        append_counted(state, value);
        append_big_endian(state, sortable(entry.from_ms));
        append_big_endian(state, entry.behind);
        append_big_endian(state, sortable(entry.until_ms));
        append_counted(state, entry.by);
        append_counted(state, entry.reason);
      }
    }
  }
  return state;
}

std::vector<StoredList> stored_lists(std::string_view state) {
  std::vector<StoredList> lists(take_big_endian<std::uint32_t>(state));
  for (StoredList& list : lists) {
    list.name = take_counted(state);
    list.gave_way = take_big_endian<std::uint64_t>(state);
    for (auto left = take_big_endian<std::uint32_t>(state); left > 0; --left) {
      StoredEntry& stored = list.entries.emplace_back();
      stored.value = take_counted(state);
      stored.entry.from_ms = from_sortable(take_big_endian<std::uint64_t>(state));
      stored.entry.behind = take_big_endian<std::uint64_t>(state);
      stored.entry.until_ms = from_sortable(take_big_endian<std::uint64_t>(state));
      stored.entry.by = take_counted(state);
      stored.entry.reason = take_counted(state);
    }
  }
  RECKONER_CHECK(state.empty(), "{} bytes too many of added entries", state.size());
  return lists;
}

void AddedEntries::restore(std::string_view state) {
  for (StoredList& stored : stored_lists(state)) {
    const auto list = std::find_if(lists_.begin(), lists_.end(), [&](const List& one) { return one.plan.name == stored.name; });
    if (list == lists_.end()) continue;
    list->gave_way = stored.gave_way;
    for (StoredEntry& one : stored.entries) {
      const auto at = list->values.emplace(std::move(one.value), std::vector<Version>()).first;
      Times times = at->second.empty() ? Times() : at->second.back().times;
      times.push_back(std::move(one.entry));
      put(*list, at, {}, std::move(times));
      at->second.erase(at->second.begin(), at->second.end() - 1);
    }
    list->changed.clear();
  }
}

std::vector<std::string> AddedEntries::left_out() const {
  std::vector<std::string> all;
  for (const List& list : lists_) {
    if (list.gave_way > 0)
      all.push_back(fmt::format("list {}: {} entries that rules had put in gave way to new ones before their end; it keeps {} of them",
                                list.plan.name, list.gave_way, entries_max_));
  }
  return all;
}

}  // namespace reckoner
