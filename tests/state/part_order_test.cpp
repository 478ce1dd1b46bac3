#include "state/part_order.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

// Keys of one to three letters after `prefix`, zero bytes among them, so that many are prefixes of others.
std::set<std::string> random_keys(std::mt19937_64& random, const std::string& prefix, std::size_t count) {
  std::set<std::string> keys;
  for (std::size_t index = 0; index < count; ++index) {
    std::string key = prefix;
    for (std::uint64_t length = random() % 3 + 1; length > 0; --length) key.push_back(static_cast<char>(random() % 4 == 0 ? 0 : random() % 256));
    keys.insert(key);
  }
  return keys;
}

void check_order(const std::vector<std::vector<std::string>>& keys) {
  std::deque<CheckpointParts> shards(keys.size());
  std::vector<std::string> expected;
  std::vector<const CheckpointParts*> pointers;
  for (std::size_t shard = 0; shard < keys.size(); ++shard) {
    for (const std::string& key : keys[shard]) {
      shards[shard].put(key, std::string_view("value"));
      expected.push_back(key);
    }
    pointers.push_back(&shards[shard]);
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::string> ordered;
  for (const PartReference& at : parts_in_key_order(pointers)) {
    ordered.emplace_back(CheckpointParts::key(*at.part));
  }
  CHECK(ordered == expected);
}

}  // namespace

TEST_CASE("parts are put in the order of their whole keys, as unsigned bytes") {
  std::mt19937_64 random(41);
  for (const std::string& common : {std::string(), std::string("a rather long beginning that all keys of a shard share")}) {
    for (int round = 0; round < 20; ++round) {
      std::vector<std::vector<std::string>> shards;
      for (const char shard : {'\2', '\0', '\1'}) {
        const std::set<std::string> keys = random_keys(random, shard + common, 300);
        shards.emplace_back(keys.begin(), keys.end());
        std::shuffle(shards.back().begin(), shards.back().end(), random);
      }
      check_order(shards);
    }
  }
}

TEST_CASE("shards whose keys lie between each other's are merged") {
  check_order({{"b", "d", "a"}, {"c"}, {}, {"bb", "e"}});
  check_order({{std::string(40, 'x'), std::string(39, 'x')}, {std::string(41, 'x'), std::string(38, 'x')}});
}

TEST_CASE("nothing to order is no error") {
  check_order({});
  check_order({{}, {}});
}

}  // namespace reckoner::testing
