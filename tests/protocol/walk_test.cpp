// The protocol as it stands, walked through everything that each case's bounds let happen.
#include <fmt/format.h>

#include <cstddef>
#include <string_view>

#include "protocol/search.hpp"
#include "protocol/trace.hpp"
#include "support/catch.hpp"

namespace reckoner::protocol {
namespace {

constexpr std::size_t kStatesMax = 100'000'000;

void expect_sound(std::string_view name, const Bounds& bounds) {
  const Rules rules{bounds, PlantedBug::kNone};
  const Walk walked = walk(rules, kStatesMax);
  fmt::print("{}: {} states, {} steps, the farthest state {} steps away\n", name, walked.states, walked.steps, walked.depth);
  INFO(name << ": " << (walked.broken == Invariant::kNone ? "" : describe(walked, rules)));
  CHECK(walked.broken == Invariant::kNone);
  CHECK(walked.is_complete);
}

}  // namespace

TEST_CASE("one shard keeps its promises among three instances when each fault happens once") {
  expect_sound("one shard, every fault once",
               {.shards = 1, .faults = {.crashes = 1, .lost_answers = 1, .aborts = 1, .time_outs = 1, .rebalances = 1}});
}

TEST_CASE("shards that share transactions keep their promises through crash, lost answer and abort") {
  expect_sound("two shards of one owner or two", {.faults = {.crashes = 1, .lost_answers = 1, .aborts = 1}});
}

TEST_CASE("shards keep their promises while markers of two log partitions are written apart") {
  expect_sound("two log partitions", {.epochs = 2, .log_partitions = 2, .instances = 2, .faults = {.rebalances = 1}});
}

TEST_CASE("shards keep their promises while open transactions of one hide what the other committed") {
  expect_sound("one log partition", {.epochs = 2, .instances = 2, .faults = {.rebalances = 1}});
}

TEST_CASE("a second process with the same identity changes nothing") {
  expect_sound("two instances of one slot",
               {.epochs = 2, .shards = 1, .slot_of = {0, 0, 1}, .faults = {.crashes = 1, .lost_answers = 1, .rebalances = 1}});
}

TEST_CASE("checkpoints are used if they are in the log, however old, and disks that are lost or of another log change nothing") {
  expect_sound("checkpoints", {.instances = 2, .shards = 1, .faults = {.crashes = 1, .aborts = 1, .rebalances = 1, .disk_events = 2}});
}

TEST_CASE("shards move among three instances, alone or together, handed over in order or not") {
  expect_sound("two shards move", {.late_markers = false, .coarse = true, .faults = {.rebalances = 1}});
}

TEST_CASE("shards move among three instances while an answer is lost") {
  expect_sound("two shards move, lost answer", {.epochs = 1, .late_markers = false, .coarse = true, .faults = {.lost_answers = 1, .rebalances = 1}});
}

TEST_CASE("shards move among three instances while one crashes") {
  expect_sound("two shards move, crash", {.epochs = 1, .late_markers = false, .coarse = true, .faults = {.crashes = 1, .rebalances = 1}});
}

TEST_CASE("three instances, two shards and three epochs keep their promises through any one fault") {
  expect_sound("any one fault", {.late_markers = false,
                                 .coarse = true,
                                 .faults = {.crashes = 1, .lost_answers = 1, .aborts = 1, .time_outs = 1, .rebalances = 1, .in_all = 1}});
}

TEST_CASE("three instances, two shards and three epochs keep their promises through any two faults", "[.torture]") {
  expect_sound("any two faults", {.late_markers = false,
                                  .coarse = true,
                                  .faults = {.crashes = 1, .lost_answers = 1, .aborts = 1, .time_outs = 1, .rebalances = 1, .in_all = 2}});
}

TEST_CASE("three instances, two shards and three epochs keep their promises through any one fault, of disks too", "[.torture]") {
  expect_sound("any one fault, of disks too",
               {.late_markers = false,
                .coarse = true,
                .faults = {.crashes = 1, .lost_answers = 1, .aborts = 1, .time_outs = 1, .rebalances = 1, .disk_events = 1, .in_all = 1}});
}

TEST_CASE("one shard moves twice through a crash, a lost answer and an abort", "[.torture]") {
  expect_sound("one shard moves twice", {.shards = 1, .faults = {.crashes = 1, .lost_answers = 1, .aborts = 1, .rebalances = 2}});
}

TEST_CASE("shards move among three instances through a crash and a lost answer", "[.torture]") {
  expect_sound("two shards move, crash, lost answer",
               {.epochs = 2, .late_markers = false, .coarse = true, .faults = {.crashes = 1, .lost_answers = 1, .rebalances = 1}});
}

TEST_CASE("shards move between two instances through a lost answer while markers are late", "[.torture]") {
  expect_sound("two shards move, late markers, lost answer", {.instances = 2, .faults = {.lost_answers = 1, .rebalances = 1}});
}

}  // namespace reckoner::protocol
