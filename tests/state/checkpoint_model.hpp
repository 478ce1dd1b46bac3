// What a checkpoint store should hold, as a std::map, and rounds of random changes to both.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

using Parts = std::map<std::string, std::string>;

struct Change {
  CheckpointHeader header;
  std::deque<CheckpointParts> shards;
  Parts after;  // all live parts when it is applied

  [[nodiscard]] std::vector<const CheckpointParts*> pointers() const {
    std::vector<const CheckpointParts*> found;
    for (const CheckpointParts& shard : shards) found.push_back(&shard);
    return found;
  }
};

class ChangeMaker {
 public:
  explicit ChangeMaker(std::uint64_t seed) : random_(seed) {}

  // puts and removals at random over 3 shards; removals also of keys that were never there.
  Change next(std::size_t puts, std::size_t removals, std::size_t keys) {
    Parts changed;
    Parts removed;
    for (std::size_t count = 0; count < puts; ++count) changed[key(keys)] = value();
    for (std::size_t count = 0; count < removals; ++count) removed[key(keys)];
    return change(changed, removed);
  }

  // Every live part anew, under fresh values: a whole image.
  Change rewrite_all() {
    Parts changed;
    for (const auto& [key, old] : live_) changed[key] = value();
    return change(changed, {});
  }

  [[nodiscard]] const Parts& live() const { return live_; }

 private:
  Change change(const Parts& changed, const Parts& removed) {
    Change made;
    made.shards.resize(3);
    for (const auto& [key, value] : changed) {
      if (removed.contains(key)) continue;
      made.shards[static_cast<std::size_t>(key[0])].put(key, value);
      live_[key] = value;
    }
    for (const auto& [key, none] : removed) {
      made.shards[static_cast<std::size_t>(key[0])].remove(key);
      live_.erase(key);
    }
    made.header.record.id = {.owner = 1, .epoch = ++epoch_};
    made.header.record.sequence = epoch_ * 100;
    made.header.engine_state = "engine state of " + std::to_string(epoch_);
    made.header.parts = live_.size();
    made.after = live_;
    return made;
  }

  std::string key(std::size_t keys) {
    const std::uint64_t picked = random_() % keys;
    std::string key(1, static_cast<char>(picked % 3));
    key += "account:";
    // Some keys are prefixes of others, some are short.
    key += std::to_string(picked / 2);
    if (picked % 2 == 1) key.push_back('\0');
    return key;
  }

  std::string value() {
    std::string bytes(random_() % 400, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }

  std::mt19937_64 random_;
  Parts live_;
  std::uint64_t epoch_ = 0;
};

// Writes the change as a job does that gathers it in so many portions: parts of a shard in key order, or early, at random.
inline Result<void> write_in_portions(CheckpointStore& store, const Change& change, std::size_t portions) {
  struct Given {
    const CheckpointParts::Part* part;
    std::size_t portion;
    bool early;
  };
  std::mt19937_64 random(change.header.record.id.epoch);
  std::vector<std::vector<Given>> given(change.shards.size());  // in key order
  for (std::size_t shard = 0; shard < given.size(); ++shard) {
    const CheckpointParts& parts = change.shards[shard];
    for (std::size_t i = 0; i < parts.size(); ++i) given[shard].push_back({&parts.part(i), 0, random() % 3 == 0});
    const auto key = [](const Given& one) { return CheckpointParts::key(*one.part); };
    std::sort(given[shard].begin(), given[shard].end(), [&](const Given& left, const Given& right) { return key(left) < key(right); });
    for (std::size_t i = 0; i < given[shard].size(); ++i) {
      const std::size_t turn = i * portions / given[shard].size();
      given[shard][i].portion = given[shard][i].early ? random() % (turn + 1) : turn;
    }
  }
  const auto put = [](const CheckpointParts::Part& part, CheckpointParts& into) {
    if (part.deleted) return into.remove(CheckpointParts::key(part));
    into.put(CheckpointParts::key(part), CheckpointParts::value(part));
  };
  std::deque<CheckpointParts> early;  // stays to the end
  store.begin();
  for (std::size_t portion = 0; portion < portions; ++portion) {
    std::deque<CheckpointParts> ordered(given.size());
    std::vector<CheckpointPortion> lists;
    for (std::size_t shard = 0; shard < given.size(); ++shard) {
      early.emplace_back();
      for (const Given& one : given[shard]) {
        if (one.portion == portion && !one.early) put(*one.part, ordered[shard]);
      }
      std::vector<Given> out_of_order = given[shard];
      std::shuffle(out_of_order.begin(), out_of_order.end(), random);
      for (const Given& one : out_of_order) {
        if (one.portion == portion && one.early) put(*one.part, early.back());
      }
      lists.push_back({&ordered[shard], &early.back()});
    }
    if (Result<void> added = store.add(lists); !added) return added;
  }
  return store.write(change.header, {});
}

struct Restored {
  std::optional<CheckpointHeader> header;
  Parts parts;
  std::vector<std::string> warnings;
};

inline bool every_epoch_is_committed(const DecisionRecord&) { return true; }

inline Result<Restored> restore_all(CheckpointStore& store, const CheckpointStore::IsCommitted& is_committed = every_epoch_is_committed) {
  Restored restored;
  std::string last;
  bool ordered = true;
  Result<std::optional<CheckpointHeader>> header = store.restore(
      is_committed,
      [&](std::string_view key, std::string_view value) -> Result<void> {
        ordered = ordered && (restored.parts.empty() || last < key);
        last = key;
        restored.parts.emplace(key, value);
        return {};
      },
      restored.warnings);
  if (!header) return std::unexpected(header.error());
  CHECK(ordered);
  restored.header = std::move(*header);
  return restored;
}

inline bool holds(const Restored& restored, const Change& change) {
  return restored.header && *restored.header == change.header && restored.parts == change.after;
}

// With the same hard links inside.
inline void clone_tree(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directories(to);
  std::vector<std::filesystem::path> known;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
    const std::filesystem::path target = to / std::filesystem::relative(entry.path(), from);
    if (entry.is_directory()) {
      std::filesystem::create_directories(target);
      continue;
    }
    std::filesystem::create_directories(target.parent_path());
    bool linked = false;
    if (entry.hard_link_count() > 1) {
      for (const std::filesystem::path& other : known) {
        if (!std::filesystem::equivalent(entry.path(), other)) continue;
        std::filesystem::create_hard_link(to / std::filesystem::relative(other, from), target);
        linked = true;
        break;
      }
    }
    if (linked) continue;
    std::filesystem::copy_file(entry.path(), target);
    known.push_back(entry.path());
  }
}

}  // namespace reckoner::testing
