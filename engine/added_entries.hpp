// Entries that rules put into lists while a job runs: each alert of a rule may add a value, which is in force for records behind the alert's own,
// from the alert's event time on and as long as the list says. Who asks sees what was there at its place in recorded order, whatever the number of shards
// and wherever rounds are cut. Written by the job's thread between levels of key kinds; read by all shards meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/row_order.hpp"

namespace reckoner {

inline constexpr std::size_t kAddedEntriesMax = 100'000;  // of one list; the one that ends first gives way to a new one

// What one alert adds.
struct ListAddition {
  std::uint32_t list = 0;  // place among the lists that rules add to
  RowOrder order;          // of the alert
  std::int64_t from_ms = 0;
  std::uint64_t behind = 0;       // the position of the alert's record + 1 (engine/round.hpp), 0 = it has none: of two shards the order does not tell
  std::int64_t watermark_ms = 0;  // in force there
  std::string value;
  std::string by;      // the rule
  std::string reason;  // the alert

  // Whether it is to be added first: between two records several alerts may fall due, at several times or at the same.
  [[nodiscard]] bool comes_before(const ListAddition& other) const;
};

// On its way to other shards: without its place, which is where it comes in there, and the watermark. docs/formats.md describes the form.
void append(std::string& bytes, const ListAddition& addition);
[[nodiscard]] ListAddition take_addition(std::string_view bytes, RowOrder place);

struct AddedEntry {
  std::int64_t from_ms = 0;
  std::uint64_t behind = 0;   // of records at that very time those with this position and later ones; where another shard added it
  std::int64_t until_ms = 0;  // not itself
  std::string by;
  std::string reason;
};

struct AddedList {
  std::string name;
  std::int64_t added_for_ms = 0;
  std::uint32_t level = 0;  // the highest of key kinds that add to it
};

class AddedEntries {
 public:
  explicit AddedEntries(std::vector<AddedList> lists, std::size_t entries_max = kAddedEntriesMax);

  struct Asker {
    RowOrder order;
    std::int64_t event_time_ms = 0;
    std::uint64_t position = 0;
    std::int64_t watermark_ms = 0;  // what event time has passed is in force for nobody, not even for a late record
  };
  // The entry of this value in force for who asks; null = none is. Lives until the next call of what follows.
  [[nodiscard]] const AddedEntry* find(std::uint32_t list, std::string_view value, const Asker& asker) const;

  // What the shards found in one level of key kinds, in any order; forgotten there. Seen in a list once all levels that add to it are through. Times of a
  // value that overlap become one, of who is there first.
  void take(std::vector<ListAddition>& additions, std::uint32_t level);
  // What other shards found, as it came.
  void take_handed_on(ListAddition addition);
  // All of a round is decided; event time stands at `watermark_ms` for the key kind that is the furthest behind. Forgets what is over.
  void settle(std::int64_t watermark_ms);

  [[nodiscard]] std::size_t entries(std::uint32_t list) const { return lists_[list].by_end.size(); }
  // For a checkpoint, and back; lists are known by name, and what was in one that is gone is forgotten.
  [[nodiscard]] std::string state() const;
  void restore(std::string_view state);
  // What had to give way, for people.
  [[nodiscard]] std::vector<std::string> left_out() const;

 private:
  using Times = std::vector<AddedEntry>;  // ascending; none overlap
  // As it is behind the alert at `order`; no times = it gave way.
  struct Version {
    RowOrder order;
    Times times;
  };
  using Values = std::map<std::string, std::vector<Version>, std::less<>>;  // never without a version
  struct List {
    AddedList plan;
    std::vector<ListAddition> waiting;  // of levels before the last one
    Values values;
    std::set<std::pair<std::int64_t, std::string_view>> by_end;  // of those in force; the views are into `values`
    std::vector<Values::iterator> changed;                       // since settle(), maybe twice
    std::uint64_t gave_way = 0;
  };

  void add(List& list, ListAddition& addition, std::uint64_t behind);
  void make_room(List& list, RowOrder order) const;
  static Times with(const Times& times, AddedEntry entry, std::int64_t watermark_ms);
  static void put(List& list, Values::iterator at, RowOrder order, Times times);

  std::vector<List> lists_;
  std::size_t entries_max_;
};

}  // namespace reckoner
