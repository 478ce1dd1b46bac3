// Every create, write, sync, truncate, rename, link and remove of a checkpoint, RocksDB's included: failed once, and the process or the
// machine stopped at it.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "state/checkpoint_model.hpp"
#include "state/rocksdb_checkpoint.hpp"
#include "support/catch.hpp"
#include "support/crashing_disk.hpp"

namespace reckoner::testing {

namespace {

enum class Ending : std::uint8_t { kFailedCall, kProcessStopped, kPowerLost };
enum class Kind : std::uint8_t { kAtOnce, kWholeImage, kInPortions };

CheckpointSettings settings_with(FileFaults* faults) {
  return {.copies_kept = 2, .runs_before_merge = 2, .runs_max = 2, .file_bytes_max = 4'000, .faults = faults};
}

std::unique_ptr<RocksDbCheckpoint> open_store(const std::string& directory, FileFaults* faults = nullptr) {
  Result<std::unique_ptr<RocksDbCheckpoint>> store = RocksDbCheckpoint::open(directory, settings_with(faults));
  if (!store) FAIL(store.error().text);
  return std::move(*store);
}

// Two copies, a change to write on top, and a directory to clone for every attempt.
struct Scene {
  explicit Scene(Kind kind_of_change) : kind(kind_of_change) {
    ChangeMaker changes(21);
    const auto store = open_store(scratch.inner("base"));
    for (int round = 0; round < 3; ++round) {
      before = changes.next(40, 10, 80);
      REQUIRE(store->write(before.header, before.pointers()));
    }
    after = kind == Kind::kWholeImage ? changes.rewrite_all() : changes.next(40, 10, 80);
    later = changes.next(40, 10, 80);
  }

  [[nodiscard]] Result<void> write_after(RocksDbCheckpoint& store) const {
    return kind == Kind::kInPortions ? write_in_portions(store, after, 3) : store.write(after.header, after.pointers());
  }

  ScratchDirectory scratch;
  Kind kind;
  Change before;
  Change after;
  Change later;
};

void write(RocksDbCheckpoint& store, const Change& change) {
  const Result<void> written = store.write(change.header, change.pointers());
  if (!written) FAIL_CHECK(written.error().text);
}

void check_all_whole(RocksDbCheckpoint& store) {
  const auto listed = store.list(true);
  REQUIRE(listed);
  CHECK(listed->size() >= 2);
  for (const CheckpointInfo& info : *listed) CHECK(info.problem.empty());
}

// After a failed call the store is still in use: the checkpoint is given again, and the next one must not harm it.
void go_on(const Scene& scene, RocksDbCheckpoint& store, bool written) {
  if (!written) {
    const Result<void> again = scene.write_after(store);
    if (!again) FAIL_CHECK(again.error().text);
  }
  // A merge in the background that failed is told by the next write.
  if (!store.write(scene.later.header, scene.later.pointers())) write(store, scene.later);
  check_all_whole(store);
}

bool is_expected(const Scene& scene, const Restored& restored, Ending ending, bool written) {
  if (ending == Ending::kFailedCall) return holds(restored, scene.later);
  return holds(restored, scene.after) || (!written && holds(restored, scene.before));
}

// Writes with the fault at `call`; false when the write was over before it.
bool attempt(const Scene& scene, Ending ending, std::uint64_t call) {
  INFO("call " << call);
  const ScratchDirectory scratch;
  const std::string directory = scratch.inner("state");
  clone_tree(scene.scratch.path() / "base", directory);
  CrashingDisk disk(scratch.path() / "graveyard");
  bool written = false;
  {
    const auto store = open_store(directory, &disk);
    disk.arm(ending == Ending::kFailedCall ? CrashingDisk::Fault::kFailOnce : CrashingDisk::Fault::kStop, call);
    written = scene.write_after(*store).has_value();
    if (ending == Ending::kFailedCall) go_on(scene, *store, written);
  }
  if (ending == Ending::kPowerLost) disk.forget_unsynced(directory, static_cast<CrashingDisk::Forget>(call % 3));
  const auto store = open_store(directory);
  check_all_whole(*store);
  const Result<Restored> restored = restore_all(*store);
  REQUIRE(restored);
  CHECK(restored->warnings.empty());
  CHECK(is_expected(scene, *restored, ending, written));
  return disk.was_hit();
}

void sweep(Kind kind, Ending ending) {
  const Scene scene(kind);
  std::uint64_t call = 1;
  while (attempt(scene, ending, call)) ++call;
  CHECK(call > 50);
}

}  // namespace

TEST_CASE("a call that fails once during a checkpoint leaves the copy before, and the next attempt succeeds") {
  sweep(Kind::kAtOnce, Ending::kFailedCall);
}

TEST_CASE("a call that fails once during a whole image leaves the copy before, and the next attempt succeeds") {
  sweep(Kind::kWholeImage, Ending::kFailedCall);
}

TEST_CASE("a call that fails once during a checkpoint in portions leaves the copy before, and the next attempt succeeds") {
  sweep(Kind::kInPortions, Ending::kFailedCall);
}

TEST_CASE("a process stopped at any call of a checkpoint leaves the copy before or the new one") { sweep(Kind::kAtOnce, Ending::kProcessStopped); }

TEST_CASE("a process stopped at any call of a whole image leaves the copy before or the new one") {
  sweep(Kind::kWholeImage, Ending::kProcessStopped);
}

TEST_CASE("a process stopped at any call of a checkpoint in portions leaves the copy before or the new one") {
  sweep(Kind::kInPortions, Ending::kProcessStopped);
}

TEST_CASE("power lost at any call of a checkpoint leaves the copy before or the new one") { sweep(Kind::kAtOnce, Ending::kPowerLost); }

TEST_CASE("power lost at any call of a whole image leaves the copy before or the new one") { sweep(Kind::kWholeImage, Ending::kPowerLost); }

TEST_CASE("power lost at any call of a checkpoint in portions leaves the copy before or the new one") {
  sweep(Kind::kInPortions, Ending::kPowerLost);
}

TEST_CASE("power lost at any call of the very first checkpoint leaves nothing or it") {
  ChangeMaker changes(22);
  const Change first = changes.next(40, 0, 80);
  bool hit = true;
  for (std::uint64_t call = 1; hit; ++call) {
    const ScratchDirectory scratch;
    CrashingDisk disk(scratch.path() / "graveyard");
    bool written = false;
    disk.arm(CrashingDisk::Fault::kStop, call);
    if (Result<std::unique_ptr<RocksDbCheckpoint>> store = RocksDbCheckpoint::open(scratch.inner("a/state"), settings_with(&disk))) {
      written = (*store)->write(first.header, first.pointers()).has_value();
    }
    hit = disk.was_hit();
    disk.forget_unsynced(scratch.path() / "a");
    const Result<Restored> restored = restore_all(*open_store(scratch.inner("a/state")));
    INFO("call " << call);
    REQUIRE(restored);
    CHECK(restored->warnings.empty());
    CHECK((holds(*restored, first) || (!written && !restored->header)));
  }
}

TEST_CASE("power lost at any call of a restore loses nothing") {
  const Scene scene(Kind::kAtOnce);
  bool hit = true;
  for (std::uint64_t call = 1; hit; ++call) {
    const ScratchDirectory scratch;
    const std::string directory = scratch.inner("state");
    clone_tree(scene.scratch.path() / "base", directory);
    CrashingDisk disk(scratch.path() / "graveyard");
    {
      const auto store = open_store(directory, &disk);
      disk.arm(CrashingDisk::Fault::kStop, call);
      const Result<Restored> restored = restore_all(*store);
      hit = disk.was_hit();
      CHECK((!restored || (restored->warnings.empty() && holds(*restored, scene.before))));
    }
    disk.forget_unsynced(directory);
    const Result<Restored> restored = restore_all(*open_store(directory));
    INFO("call " << call);
    REQUIRE(restored);
    CHECK(restored->warnings.empty());
    CHECK(holds(*restored, scene.before));
  }
}

}  // namespace reckoner::testing
