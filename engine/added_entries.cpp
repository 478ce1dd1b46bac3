#include "engine/added_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

const AddedEntry* pointer_to(const std::optional<AddedEntry>& entry) { return entry ? &*entry : nullptr; }

// Between two records several alerts may fall due, at several times or at the same.
bool comes_first(const ListAddition& left, const ListAddition& right) {
  const auto rank = [](const ListAddition& one) { return std::tie(one.order, one.from_ms, one.by, one.value, one.reason); };
  return rank(left) < rank(right);
}

}  // namespace

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
  const AddedEntry* const entry = version == versions.rend() ? nullptr : pointer_to(version->entry);
  if (entry == nullptr) return nullptr;
  const bool holds = entry->from_ms <= asker.event_time_ms && asker.event_time_ms < entry->until_ms && asker.watermark_ms < entry->until_ms;
  return holds ? entry : nullptr;
}

void AddedEntries::take(std::vector<ListAddition>& additions, std::uint32_t level) {
  for (ListAddition& addition : additions) lists_.at(addition.list).waiting.push_back(std::move(addition));
  additions.clear();
  for (List& list : lists_) {
    if (list.plan.level != level) continue;
    std::sort(list.waiting.begin(), list.waiting.end(), comes_first);
    for (ListAddition& addition : list.waiting) add(list, addition);
    list.waiting.clear();
  }
}

void AddedEntries::add(List& list, ListAddition& addition) {
  AddedEntry entry{addition.from_ms, addition.from_ms + list.plan.added_for_ms, std::move(addition.by), std::move(addition.reason)};
  auto at = list.values.find(addition.value);
  const AddedEntry* const there = at == list.values.end() ? nullptr : pointer_to(at->second.back().entry);
  // What event time has passed may have been forgotten by now, or not.
  if (there != nullptr && there->until_ms > addition.watermark_ms) {
    if (entry.until_ms <= there->from_ms) return;
    if (entry.from_ms < there->until_ms)
      entry = {std::min(entry.from_ms, there->from_ms), std::max(entry.until_ms, there->until_ms), there->by, there->reason};
  }
  if (there == nullptr) make_room(list, addition.order);
  if (at == list.values.end()) at = list.values.emplace(std::move(addition.value), std::vector<Version>()).first;
  put(list, at, addition.order, std::move(entry));
}

// Those that are over end first, so that it does not matter whether they were forgotten already.
void AddedEntries::make_room(List& list, RowOrder order) const {
  if (list.by_end.size() < entries_max_) return;
  put(list, list.values.find(list.by_end.begin()->second), order, std::nullopt);
  ++list.gave_way;
}

void AddedEntries::put(List& list, Values::iterator at, RowOrder order, std::optional<AddedEntry> entry) {
  std::vector<Version>& versions = at->second;
  if (const AddedEntry* const there = versions.empty() ? nullptr : pointer_to(versions.back().entry)) list.by_end.erase({there->until_ms, at->first});
  if (entry) list.by_end.emplace(entry->until_ms, at->first);
  versions.push_back({order, std::move(entry)});
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
      over->second.back().entry.reset();
      list.changed.push_back(over);
    }
    for (const Values::iterator at : list.changed) {
      if (!at->second.empty() && !at->second.back().entry) {
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
    append_big_endian(state, static_cast<std::uint32_t>(list.values.size()));
    for (const auto& [value, versions] : list.values) {
      const AddedEntry* const entry = pointer_to(versions.front().entry);
      RECKONER_CHECK(versions.size() == 1 && entry != nullptr, "list {} is copied inside a round", list.plan.name);
      append_counted(state, value);
      append_big_endian(state, sortable(entry->from_ms));
      append_big_endian(state, sortable(entry->until_ms));
      append_counted(state, entry->by);
      append_counted(state, entry->reason);
    }
  }
  return state;
}

void AddedEntries::restore(std::string_view state) {
  for (auto left = take_big_endian<std::uint32_t>(state); left > 0; --left) {
    const std::string_view name = take_counted(state);
    const auto list = std::find_if(lists_.begin(), lists_.end(), [&](const List& one) { return one.plan.name == name; });
    const auto gave_way = take_big_endian<std::uint64_t>(state);
    if (list != lists_.end()) list->gave_way = gave_way;
    for (auto entries = take_big_endian<std::uint32_t>(state); entries > 0; --entries) {
      std::string value(take_counted(state));
      AddedEntry entry;
      entry.from_ms = from_sortable(take_big_endian<std::uint64_t>(state));
      entry.until_ms = from_sortable(take_big_endian<std::uint64_t>(state));
      entry.by = take_counted(state);
      entry.reason = take_counted(state);
      if (list != lists_.end()) put(*list, list->values.emplace(std::move(value), std::vector<Version>()).first, {}, std::move(entry));
    }
    if (list != lists_.end()) list->changed.clear();
  }
  RECKONER_CHECK(state.empty(), "{} bytes too many of added entries", state.size());
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
