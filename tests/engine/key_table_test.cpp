#include "engine/key_table.hpp"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "engine/dirty_set.hpp"
#include "engine/key.hpp"
#include "support/catch.hpp"

namespace reckoner {
namespace {

std::string key_of(std::uint64_t number) {
  std::string key = "key-" + std::to_string(number);
  if (number % 7 == 0) key += std::string(40, 'x');  // longer than a record's header has room for
  return key;
}

// Hashes that differ in few bits: slots collide, tags are often equal.
std::uint64_t poor_hash(std::uint64_t number) { return (number % 5) << 32U | number % 64; }

}  // namespace

TEST_CASE("every key has one record, found again by its bytes however hashes collide") {
  for (const bool poor : {false, true}) {
    KeyTable table(64, 1'000'000);
    const std::uint64_t keys = poor ? 2000 : 100'000;
    for (int round = 0; round < 2; ++round) {
      for (std::uint64_t number = 0; number < keys; ++number) {
        const std::string key = key_of(number);
        bool added = false;
        const std::uint32_t index = table.find_or_add(poor ? poor_hash(number) : hash_key(key), key, added);
        if (index != number || added != (round == 0) || table.key(index) != key) FAIL_CHECK(key);
      }
    }
    CHECK(table.end() == keys);
    CHECK(table.find(hash_key("none"), "none") == KeyTable::kAbsent);
  }
}

TEST_CASE("a key beyond the limit is refused, those within stay") {
  KeyTable table(64, 2);
  bool added = false;
  CHECK(table.find_or_add(hash_key("a"), "a", added) == 0);
  CHECK(table.find_or_add(hash_key("b"), "b", added) == 1);
  CHECK(table.find_or_add(hash_key("c"), "c", added) == KeyTable::kAbsent);
  CHECK_FALSE(added);
  CHECK(table.find_or_add(hash_key("a"), "a", added) == 0);
}

TEST_CASE("a table put back from its records' images finds the same records") {
  KeyTable table(128, 1'000'000);
  KeyTable again(128, 1'000'000);
  for (std::uint64_t number = 0; number < 70'000; ++number) {  // more than a slab's cells
    bool added = false;
    const std::string key = key_of(number);
    std::byte* record = table.record(table.find_or_add(hash_key(key), key, added));
    std::memcpy(record + 64, &number, sizeof number);
  }
  for (std::uint32_t index = 0; index < table.end(); ++index)
    again.restore(index, table.hash(index), table.key(index), {table.record(index), table.record_bytes()});
  for (std::uint64_t number = 0; number < 70'000; ++number) {
    const std::string key = key_of(number);
    const std::uint32_t index = again.find(hash_key(key), key);
    REQUIRE(index == number);
    std::uint64_t held = 0;
    std::memcpy(&held, again.record(index) + 64, sizeof held);
    if (held != number) FAIL_CHECK(key);
  }
}

TEST_CASE("a freed cell comes back zeroed, last freed first") {
  Slab slab(64);
  for (std::uint32_t i = 0; i < 40'000; ++i) CHECK(slab.allocate() == i);
  *slab.at(5) = std::byte{1};
  slab.free(9);
  slab.free(5);
  CHECK(slab.live() == 39'998);
  CHECK(slab.allocate() == 5);
  CHECK(*slab.at(5) == std::byte{0});
  CHECK(slab.allocate() == 9);
  CHECK(slab.allocate() == 40'000);
}

TEST_CASE("dirty indexes come out once, in order, and clearing forgets them") {
  DirtySet dirty;
  CHECK(dirty.next(0) == DirtySet::kNone);
  const std::vector<std::uint32_t> indexes{0, 1, 63, 64, 127, 128, 5000, 100'000};
  for (auto index = indexes.rbegin(); index != indexes.rend(); ++index) dirty.add(*index);
  dirty.add(63);
  std::vector<std::uint32_t> found;
  for (std::uint32_t at = dirty.next(0); at != DirtySet::kNone; at = dirty.next(at + 1)) found.push_back(at);
  CHECK(found == indexes);
  DirtySet other;
  other.swap(dirty);
  CHECK(dirty.next(0) == DirtySet::kNone);
  CHECK(other.next(65) == 127);
  other.clear();
  CHECK(other.next(0) == DirtySet::kNone);
}

}  // namespace reckoner
