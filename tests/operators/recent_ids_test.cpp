#include "operators/recent_ids.hpp"

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr std::int64_t kWithin = 1600;

RecentId id_of(std::uint64_t number, std::int64_t event_time, std::uint64_t position) {
  RecentId id = RecentIds::identity("key|" + std::to_string(number));
  id.event_time = event_time;
  id.position = position;
  return id;
}

// Checkpoints in portions, as a shard takes them, and what they add up to.
class Checkpoints {
 public:
  void begin(RecentIds& ids) { step(ids, true); }
  bool go_on(RecentIds& ids) { return step(ids, false); }
  void finish(RecentIds& ids) {
    while (go_on(ids)) {
    }
  }
  [[nodiscard]] std::unique_ptr<RecentIds> restore(std::uint64_t ids_max) const {
    auto ids = std::make_unique<RecentIds>(kWithin, ids_max);
    for (const auto& [name, value] : parts_) ids->load(std::string_view(name).substr(1), value);
    return ids;
  }

 private:
  bool step(RecentIds& ids, bool begins) {
    writer_.clear();
    writer_.begin(0, begins);
    ids.save(writer_, "p");
    for (const StateWriter::Entry& entry : writer_.entries()) {
      const std::string name(writer_.name(entry));
      if (entry.kind == StateWriter::Kind::kRemoved) {
        parts_.erase(name);
      } else {
        parts_[name] = writer_.value(entry);
      }
    }
    return !writer_.entries().empty();
  }

  StateWriter writer_;
  std::map<std::string, std::string> parts_;
};

// The slow answer: everything ever remembered, with the same rule for what is too old.
class Naive {
 public:
  std::optional<std::uint64_t> find_or_add(std::uint64_t number, std::int64_t event_time, std::uint64_t position, std::int64_t watermark) {
    const std::int64_t until = watermark - kWithin;
    for (const auto& [time, first] : seen_[number]) {
      if (time > until) return first;
    }
    if (event_time > until) seen_[number].emplace_back(event_time, position);
    return std::nullopt;
  }

 private:
  std::map<std::uint64_t, std::vector<std::pair<std::int64_t, std::uint64_t>>> seen_;
};

}  // namespace

TEST_CASE("a second copy is told exactly while its first is within the span, through checkpoints and restarts") {
  std::mt19937_64 random(11);
  Naive naive;
  Checkpoints checkpoints;
  auto ids = std::make_unique<RecentIds>(kWithin, 1'000'000);
  std::int64_t now = -5000;  // across 1970
  std::uint64_t found = 0;
  for (std::uint64_t position = 0; position < 60'000; ++position) {
    now += static_cast<std::int64_t>(random() % 3);
    const std::int64_t watermark = now - 50;
    const std::int64_t time = now - static_cast<std::int64_t>(random() % (random() % 50 == 0 ? 2500 : 60));
    const std::uint64_t number = random() % 1500;
    const auto expected = naive.find_or_add(number, time, position, watermark);
    ids->advance(watermark);
    const RecentId* first = ids->find_or_add(id_of(number, time, position));
    REQUIRE((first != nullptr) == expected.has_value());
    if (first != nullptr) {
      ++found;
      REQUIRE(first->position == *expected);
    }
    if (position % 700 == 0) {
      checkpoints.finish(*ids);
      checkpoints.begin(*ids);
    } else if (position % 700 < 40) {
      checkpoints.go_on(*ids);
    }
    if (position % 5000 == 4999) {
      checkpoints.finish(*ids);
      checkpoints.begin(*ids);
      checkpoints.finish(*ids);
      ids = checkpoints.restore(1'000'000);
    }
  }
  CHECK(found > 10'000);
  CHECK(ids->forgotten_early() == 0);
}

TEST_CASE("where memory ends before the span, the oldest are forgotten early, counted, and the same whenever checkpoints are taken") {
  constexpr std::uint64_t kMost = 300;
  std::mt19937_64 random(12);
  auto plain = std::make_unique<RecentIds>(kWithin, kMost);
  auto saved = std::make_unique<RecentIds>(kWithin, kMost);
  Checkpoints checkpoints;
  for (std::uint64_t position = 0; position < 20'000; ++position) {
    const auto time = static_cast<std::int64_t>(position);
    const std::uint64_t number = random() % 5 == 0 ? random() % 100 : position;
    const RecentId id = id_of(number, time, position);
    const RecentId* left = plain->find_or_add(id);
    const RecentId* right = saved->find_or_add(id);
    REQUIRE((left == nullptr) == (right == nullptr));
    if (left != nullptr) REQUIRE(left->position == right->position);
    if (position % 301 == 0) checkpoints.finish(*saved);
    if (position % 301 == 0) checkpoints.begin(*saved);
    if (position % 3000 == 2999) {
      checkpoints.finish(*saved);
      checkpoints.begin(*saved);
      checkpoints.finish(*saved);
      saved = checkpoints.restore(kMost);
    }
    REQUIRE(plain->size() <= kMost);
    REQUIRE(plain->size() == saved->size());
  }
  CHECK(plain->forgotten_early() > 0);
  CHECK(plain->forgotten_early() == saved->forgotten_early());
}

TEST_CASE("a limit that a restart lowered is kept to from then on") {
  RecentIds wide(kWithin, 1000);
  Checkpoints checkpoints;
  for (std::uint64_t number = 0; number < 1000; ++number)
    CHECK(wide.find_or_add(id_of(number, static_cast<std::int64_t>(number), number)) == nullptr);
  checkpoints.begin(wide);
  checkpoints.finish(wide);
  const auto narrow = checkpoints.restore(200);
  CHECK(narrow->find_or_add(id_of(5000, 1001, 5000)) == nullptr);
  CHECK(narrow->size() <= 200);
  CHECK(narrow->forgotten_early() >= 800);
  CHECK(narrow->find_or_add(id_of(999, 1002, 6000)) != nullptr);
}

}  // namespace reckoner
