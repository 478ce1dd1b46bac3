#include "state/rocksdb_checkpoint.hpp"

#include <cstdint>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/checksum.hpp"
#include "state/checkpoint_model.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

std::unique_ptr<RocksDbCheckpoint> open_store(const std::string& directory, const CheckpointSettings& settings = {}) {
  Result<std::unique_ptr<RocksDbCheckpoint>> store = RocksDbCheckpoint::open(directory, settings);
  if (!store) FAIL(store.error().text);
  return std::move(*store);
}

void write(CheckpointStore& store, const Change& change) {
  const Result<void> written = store.write(change.header, change.pointers());
  if (!written) FAIL(written.error().text);
}

Restored restore(CheckpointStore& store, const CheckpointStore::IsCommitted& is_committed = every_epoch_is_committed) {
  Result<Restored> restored = restore_all(store, is_committed);
  if (!restored) FAIL(restored.error().text);
  return std::move(*restored);
}

}  // namespace

TEST_CASE("a new checkpoint directory holds nothing to restore") {
  const ScratchDirectory scratch;
  const auto store = open_store(scratch.inner("a/b/checkpoints"));
  const Restored restored = restore(*store);
  CHECK(!restored.header);
  CHECK(restored.warnings.empty());
  CHECK(store->oldest_kept() == EpochId{});
}

TEST_CASE("what is restored equals a map that took the same changes") {
  const ScratchDirectory scratch;
  const std::string directory = scratch.inner("checkpoints");
  ChangeMaker changes(7);
  auto store = open_store(directory, {.runs_before_merge = 3, .runs_max = 4, .file_bytes_max = 20'000});
  for (int round = 0; round < 60; ++round) {
    const bool whole = round % 17 == 16;
    const Change change = whole ? changes.rewrite_all() : changes.next(round % 5 == 4 ? 0 : 120, 40, 1000);
    write(*store, change);
    if (round % 3 != 0) continue;
    if (round % 2 == 0) store = open_store(directory, {.runs_before_merge = 3, .runs_max = 4, .file_bytes_max = 20'000});
    const Restored restored = restore(*store);
    REQUIRE(restored.warnings.empty());
    REQUIRE(holds(restored, change));
  }
}

TEST_CASE("a copy written in portions equals a map that took the same changes") {
  const ScratchDirectory scratch;
  const std::string directory = scratch.inner("checkpoints");
  ChangeMaker changes(17);
  const CheckpointSettings settings{.runs_before_merge = 3, .runs_max = 4, .file_bytes_max = 8'000};
  auto store = open_store(directory, settings);
  for (std::size_t round = 0; round < 40; ++round) {
    const Change change = round % 9 == 8 ? changes.rewrite_all() : changes.next(round % 5 == 4 ? 0 : 120, 40, 1000);
    if (round % 7 == 6) {
      write(*store, change);
    } else {
      const Result<void> written = write_in_portions(*store, change, 1 + round % 6);
      if (!written) FAIL(written.error().text);
    }
    if (round % 4 == 3) store = open_store(directory, settings);
    const Restored restored = restore(*store);
    REQUIRE(restored.warnings.empty());
    REQUIRE(holds(restored, change));
  }
}

TEST_CASE("what was added to a copy that is not written is gone with the next one") {
  const ScratchDirectory scratch;
  auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(18);
  const Change first = changes.next(50, 0, 100);
  CheckpointParts ordered;
  CheckpointParts early;
  ordered.put(std::string("\0stray", 6), std::string("not to be seen"));
  const CheckpointPortion strays[] = {{&ordered, &early}};
  const auto stray = [&] {
    store->begin();
    REQUIRE(store->add(strays));
  };
  SECTION("in portions") {
    stray();
    REQUIRE(write_in_portions(*store, first, 3));
  }
  SECTION("at once") {
    stray();
    store->begin();
    write(*store, first);
  }
  SECTION("by a store of its own") {
    stray();
    store = open_store(scratch.inner("c"));
    write(*store, first);
  }
  SECTION("behind a restore") {
    stray();
    CHECK(!restore(*store).header);
    write(*store, first);
  }
  CHECK(holds(restore(*store), first));
}

TEST_CASE("a portion whose parts come behind later ones is refused, and the next copy is whole") {
  const ScratchDirectory scratch;
  const auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(19);
  const Change first = changes.next(50, 0, 100);
  write(*store, first);
  CheckpointParts later;
  CheckpointParts earlier;
  const CheckpointParts none;
  later.put(std::string("b"), std::string("2"));
  earlier.put(std::string("a"), std::string("1"));
  store->begin();
  const CheckpointPortion one[] = {{&later, &none}};
  REQUIRE(store->add(one));
  SECTION("in order") {
    const CheckpointPortion two[] = {{&earlier, &none}};
    CHECK(store->add(two).error().kind == ErrorKind::kInternal);
  }
  SECTION("early") {
    const CheckpointPortion two[] = {{&none, &earlier}};
    REQUIRE(store->add(two));
    CHECK(store->write(first.header, {}).error().kind == ErrorKind::kInternal);
  }
  CHECK(holds(restore(*store), first));
  const Change second = changes.next(50, 10, 100);
  REQUIRE(write_in_portions(*store, second, 2));
  CHECK(holds(restore(*store), second));
}

TEST_CASE("a store that was not restored first goes on from the newest copy") {
  const ScratchDirectory scratch;
  ChangeMaker changes(8);
  write(*open_store(scratch.inner("c")), changes.next(50, 0, 100));
  const Change second = changes.next(5, 5, 100);
  write(*open_store(scratch.inner("c")), second);
  CHECK(holds(restore(*open_store(scratch.inner("c"))), second));
}

TEST_CASE("a checkpoint may be empty, and may take the last part away") {
  const ScratchDirectory scratch;
  const auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(9);
  const Change empty = changes.next(0, 0, 1);
  write(*store, empty);
  CHECK(holds(restore(*store), empty));
  write(*store, changes.next(1, 0, 1));
  const Change gone = changes.next(0, 1, 1);
  REQUIRE(gone.after.empty());
  write(*store, gone);
  CHECK(holds(restore(*store), gone));
}

TEST_CASE("as many copies as asked for are kept, numbered one by one") {
  const ScratchDirectory scratch;
  const auto store = open_store(scratch.inner("c"), {.copies_kept = 3});
  ChangeMaker changes(10);
  for (int round = 0; round < 7; ++round) write(*store, changes.next(20, 5, 100));
  const auto listed = store->list(true);
  REQUIRE(listed);
  REQUIRE(listed->size() == 3);
  for (std::size_t index = 0; index < 3; ++index) {
    CHECK((*listed)[index].number == 5 + index);
    CHECK((*listed)[index].id == EpochId{1, 5 + index});
    CHECK((*listed)[index].usable);
    CHECK((*listed)[index].bytes > 0);
  }
  CHECK(store->oldest_kept() == EpochId{1, 5});
  CHECK(open_store(scratch.inner("c"))->oldest_kept() == EpochId{1, 5});
}

TEST_CASE("a copy of an epoch that is not committed is set aside and the one before is used") {
  const ScratchDirectory scratch;
  auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(11);
  const Change first = changes.next(30, 0, 100);
  write(*store, first);
  write(*store, changes.next(30, 3, 100));
  write(*store, changes.next(30, 3, 100));
  const Restored restored = restore(*store, [](const DecisionRecord& record) { return record.id.epoch == 1; });
  CHECK(holds(restored, first));
  REQUIRE(restored.warnings.size() == 2);
  CHECK(restored.warnings[0].find("checkpoint 3 (owner 1, epoch 3)") != std::string::npos);
  CHECK(std::filesystem::exists(scratch.inner("c/aside-000000000003")));

  SECTION("later copies get new numbers and build on the restored one") {
    ChangeMaker again(11);
    static_cast<void>(again.next(30, 0, 100));
    const Change other = again.next(4, 4, 100);
    write(*store, other);
    CHECK(holds(restore(*store), other));
    CHECK(std::filesystem::exists(scratch.inner("c/copy-000000000004")));
  }
  SECTION("with none confirmed there is nothing, and that is said") {
    const Restored nothing = restore(*store, [](const DecisionRecord&) { return false; });
    CHECK(!nothing.header);
    CHECK(nothing.warnings.back().find("replayed from the start") != std::string::npos);
  }
}

TEST_CASE("rolling back makes an older copy the newest") {
  const ScratchDirectory scratch;
  auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(12);
  std::deque<Change> made;
  for (int round = 0; round < 3; ++round) {
    made.push_back(changes.next(30, 5, 100));
    write(*store, made.back());
  }
  const Result<void> unknown = store->roll_back_to(9);
  REQUIRE(!unknown);
  CHECK(unknown.error().text.find("no checkpoint 9; there are: 1, 2, 3") != std::string::npos);
  REQUIRE(store->roll_back_to(2));
  const Restored restored = restore(*store);
  CHECK(holds(restored, made[1]));
  CHECK(restored.warnings.empty());
  const auto listed = store->list(true);
  REQUIRE(listed);
  REQUIRE(listed->size() == 3);
  CHECK(!(*listed)[2].usable);
  CHECK((*listed)[2].problem.find("rolled back") != std::string::npos);
}

TEST_CASE("an error of the visitor ends the restore and condemns no copy") {
  const ScratchDirectory scratch;
  auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(13);
  const Change change = changes.next(30, 0, 100);
  write(*store, change);
  std::vector<std::string> warnings;
  const auto stopped = store->restore(
      every_epoch_is_committed, [](std::string_view, std::string_view) -> Result<void> { return fail(ErrorKind::kCorruption, "not mine"); },
      warnings);
  REQUIRE(!stopped);
  CHECK(stopped.error().text == "not mine");
  CHECK(holds(restore(*store), change));
}

TEST_CASE("a header whose number of parts is not true is found at the restore") {
  const ScratchDirectory scratch;
  auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(14);
  const Change first = changes.next(30, 0, 100);
  write(*store, first);
  Change second = changes.next(10, 0, 100);
  second.header.parts += 1;
  write(*store, second);
  const Result<Restored> refused = restore_all(*store);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::kCorruption);
  CHECK(holds(restore(*store), first));
}

TEST_CASE("a key given twice is refused and the newest copy stays") {
  const ScratchDirectory scratch;
  auto store = open_store(scratch.inner("c"));
  ChangeMaker changes(15);
  const Change first = changes.next(30, 0, 100);
  write(*store, first);
  Change second = changes.next(0, 0, 100);
  second.shards[0].put(std::string_view("twice"), std::string_view("a"));
  second.shards[1].put(std::string_view("twice"), std::string_view("b"));
  const Result<void> refused = store->write(second.header, second.pointers());
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::kInternal);
  CHECK(holds(restore(*store), first));
}

TEST_CASE("a directory that a newer version wrote is refused with what to do") {
  const ScratchDirectory scratch;
  ChangeMaker changes(16);
  write(*open_store(scratch.inner("c")), changes.next(30, 0, 100));
  const std::string body = "reckoner-copy 2\nsomething new\n";
  char line[32];
  std::snprintf(line, sizeof(line), "xxh3 %016llx\n", static_cast<unsigned long long>(checksum(body)));
  std::ofstream(scratch.inner("c/copy-000000000001/COPY")) << body << line;
  const auto refused = RocksDbCheckpoint::open(scratch.inner("c"), {});
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::kConfiguration);
  CHECK(refused.error().text.find("format version 2") != std::string::npos);
  CHECK(refused.error().text.find("run the newer version") != std::string::npos);
}

}  // namespace reckoner::testing
