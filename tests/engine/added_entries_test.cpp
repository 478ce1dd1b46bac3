// Entries that rules put into lists: who asks sees what was there at its place, however often the job settles and whatever is copied and brought back.
#include "engine/added_entries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kTtlMs = 50;

ListAddition addition(std::uint64_t sequence, std::int64_t from_ms, std::string value, std::string by = "R1") {
  return {0, RowOrder::at(sequence, 0), from_ms, sequence + 1, from_ms - 20, std::move(value), std::move(by), fmt::format("alert {}", sequence)};
}

// What is in force at each place, from the beginning: times of a value, of which those that overlap are one.
class NaiveList {
 public:
  void add(const ListAddition& one) {
    AddedEntry fresh{one.from_ms, 0, one.from_ms + kTtlMs, one.by, one.reason};
    std::vector<AddedEntry> apart;
    for (const AddedEntry& there : entries_[one.value]) {
      if (there.until_ms <= one.watermark_ms || there.until_ms <= fresh.from_ms || fresh.until_ms <= there.from_ms) {
        apart.push_back(there);
        continue;
      }
      const std::int64_t until = std::max(there.until_ms, fresh.until_ms);
      if (there.from_ms <= fresh.from_ms) fresh = there;
      fresh.until_ms = until;
    }
    apart.push_back(std::move(fresh));
    entries_[one.value] = std::move(apart);
  }
  [[nodiscard]] std::string find(const std::string& value, std::int64_t time, std::int64_t watermark) const {
    const auto known = entries_.find(value);
    if (known == entries_.end()) return "";
    for (const AddedEntry& entry : known->second) {
      if (entry.from_ms <= time && time < entry.until_ms && watermark < entry.until_ms) return fmt::format("{} {}", entry.by, entry.reason);
    }
    return "";
  }

 private:
  std::map<std::string, std::vector<AddedEntry>> entries_;
};

std::string found(const AddedEntries& entries, const std::string& value, const AddedEntries::Asker& asker) {
  const AddedEntry* const entry = entries.find(0, value, asker);
  return entry == nullptr ? "" : fmt::format("{} {}", entry->by, entry->reason);
}

}  // namespace

TEST_CASE("added entries are seen at their places, wherever rounds end and copies are taken") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    AddedEntries entries({{"blocked", kTtlMs}});
    NaiveList naive;
    std::uint64_t sequence = 0;
    std::int64_t watermark = 0;
    for (int round = 0; round < 60; ++round) {
      struct Question {
        AddedEntries::Asker asker;
        std::string value;
        std::string expected;
      };
      std::vector<Question> questions;
      std::vector<ListAddition> additions;
      for (std::uint64_t rows = random() % 6; rows > 0; --rows, ++sequence) {
        const std::int64_t time = watermark + static_cast<std::int64_t>(random() % 40) - 5;
        watermark = std::max(watermark, time - 20);
        const std::string value = fmt::format("v{}", random() % 4);
        questions.push_back({{RowOrder::at(sequence, 0), time, sequence, watermark}, value, naive.find(value, time, watermark)});
        if (random() % 3 != 0) continue;
        ListAddition one = addition(sequence, time, value, fmt::format("R{}", random() % 2));
        one.watermark_ms = watermark;
        naive.add(one);
        additions.insert(additions.begin() + static_cast<std::ptrdiff_t>(random() % (additions.size() + 1)), std::move(one));
      }
      entries.take(additions, 0);
      CHECK(additions.empty());
      for (const Question& one : questions) CHECK(found(entries, one.value, one.asker) == one.expected);
      entries.settle(watermark);
      if (random() % 4 != 0) continue;
      AddedEntries again({{"other", kTtlMs}, {"blocked", kTtlMs}});
      again.restore(entries.state());
      CHECK(again.entries(1) == entries.entries(0));
      AddedEntries back({{"blocked", kTtlMs}});
      back.restore(entries.state());
      CHECK(back.state() == entries.state());
      entries = std::move(back);
    }
  }
}

TEST_CASE("the added entry that ends first gives way in a full list, for who asks behind it") {
  AddedEntries entries({{"blocked", kTtlMs}}, 2);
  std::vector<ListAddition> additions{addition(1, 100, "late"), addition(2, 90, "early"), addition(5, 110, "third")};
  entries.take(additions, 0);
  const auto at = [](std::uint64_t sequence) { return AddedEntries::Asker{RowOrder::at(sequence, 0), 115, sequence, 80}; };
  CHECK_FALSE(found(entries, "early", at(4)).empty());
  CHECK(found(entries, "early", at(6)).empty());
  CHECK_FALSE(found(entries, "late", at(6)).empty());
  CHECK_FALSE(found(entries, "third", at(6)).empty());
  CHECK(entries.entries(0) == 2);
  entries.settle(80);
  CHECK(found(entries, "early", at(7)).empty());
  REQUIRE(entries.left_out().size() == 1);
  AddedEntries again({{"blocked", kTtlMs}}, 2);
  again.restore(entries.state());
  CHECK(again.left_out() == entries.left_out());
}

TEST_CASE("what several levels add to a list goes in by its place, when the last of them is through") {
  AddedEntries entries({{"blocked", kTtlMs, 1}});
  std::vector<ListAddition> additions{addition(5, 120, "one", "later")};
  entries.take(additions, 0);
  const AddedEntries::Asker at_4{RowOrder::at(4, 0), 125, 4, 100};
  const AddedEntries::Asker at_6{RowOrder::at(6, 0), 125, 6, 100};
  CHECK(found(entries, "one", at_6).empty());
  additions = {addition(3, 110, "one", "earlier")};
  entries.take(additions, 1);
  CHECK(found(entries, "one", at_4) == "earlier alert 3");
  CHECK(found(entries, "one", at_6) == "earlier alert 3");
}

TEST_CASE("of what falls due between two records the earlier goes into a list first") {
  AddedEntries entries({{"blocked", kTtlMs}});
  ListAddition later = addition(5, 110, "one", "R0");
  later.reason = "alert 0";
  std::vector<ListAddition> additions{later, addition(5, 100, "one", "R9")};
  entries.take(additions, 0);
  CHECK(found(entries, "one", {RowOrder::at(6, 0), 120, 6, 90}) == "R9 alert 5");
}

TEST_CASE("what an earlier round added is there for whatever the next one decides, at the same place too") {
  AddedEntries entries({{"blocked", kTtlMs}});
  std::vector<ListAddition> additions{addition(5, 100, "one")};
  entries.take(additions, 0);
  const AddedEntries::Asker same_place{RowOrder::at(5, 0), 110, 5, 80};
  CHECK(found(entries, "one", same_place).empty());
  entries.settle(80);
  CHECK_FALSE(found(entries, "one", same_place).empty());
}

TEST_CASE("what other shards found goes into a list in any order") {
  const std::vector<ListAddition> additions{addition(1, 200, "one", "R2"), addition(2, 100, "one", "R1"), addition(3, 120, "one", "R3"),
                                            addition(4, 90, "one", "R0")};
  AddedEntries entries({{"blocked", kTtlMs}});
  for (const ListAddition& one : additions) entries.take_handed_on(one);
  const auto at = [](std::int64_t time) { return AddedEntries::Asker{RowOrder::at(9, 0), time, 9, 80}; };
  CHECK(found(entries, "one", at(89)).empty());
  CHECK(found(entries, "one", at(90)) == "R0 alert 4");
  CHECK(found(entries, "one", at(169)) == "R0 alert 4");
  CHECK(found(entries, "one", at(170)).empty());
  CHECK(found(entries, "one", at(200)) == "R2 alert 1");
  CHECK(entries.entries(0) == 1);
  // Of records at the very time those behind the alert's own, which has position 4.
  const auto with_position = [](std::uint64_t position) { return AddedEntries::Asker{RowOrder::at(9, 0), 90, position, 80}; };
  CHECK(found(entries, "one", with_position(4)).empty());
  CHECK_FALSE(found(entries, "one", with_position(5)).empty());
  entries.settle(80);
  AddedEntries back({{"blocked", kTtlMs}});
  back.restore(entries.state());
  CHECK(back.state() == entries.state());
  CHECK(found(back, "one", at(150)) == "R0 alert 4");
  CHECK(back.entries(0) == 1);
  back.settle(170);
  CHECK(found(back, "one", {RowOrder::at(9, 0), 210, 9, 170}) == "R2 alert 1");
  back.settle(250);
  CHECK(back.entries(0) == 0);
}

TEST_CASE("whether what is over was forgotten before another shard adds to it does not show") {
  for (const bool settles : {false, true}) {
    AddedEntries entries({{"blocked", kTtlMs}});
    ListAddition first = addition(1, 100, "one", "R1");
    entries.take_handed_on(first);
    if (settles) entries.settle(150);
    ListAddition later = addition(2, 140, "one", "R2");
    later.watermark_ms = 150;
    entries.take_handed_on(later);
    CHECK(found(entries, "one", {RowOrder::at(9, 0), 160, 9, 150}) == "R2 alert 2");
  }
}

TEST_CASE("entries of a list that rules no longer add to are forgotten") {
  AddedEntries entries({{"blocked", kTtlMs}});
  std::vector<ListAddition> additions{addition(1, 100, "one")};
  entries.take(additions, 0);
  entries.settle(80);
  AddedEntries again({{"another", kTtlMs}});
  again.restore(entries.state());
  CHECK(again.entries(0) == 0);
}

}  // namespace reckoner
