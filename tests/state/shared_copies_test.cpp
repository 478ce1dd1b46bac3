// Copies that processes share: who begins with which, what goes and what stays, and every call that makes or takes one, failed and stopped at.
#include "state/shared_copies.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "state/checkpoint_model.hpp"
#include "state/rocksdb_checkpoint.hpp"
#include "support/catch.hpp"
#include "support/crashing_disk.hpp"

namespace reckoner::testing {

namespace {

namespace fs = std::filesystem;

bool go_on() { return false; }

std::unique_ptr<RocksDbCheckpoint> open_store(const ScratchDirectory& scratch, const std::string& name, FileFaults* faults = nullptr) {
  // Without merges in the background, so that the calls counted are those of sharing and fetching, and files stay while they are copied here.
  CheckpointSettings settings{.copies_kept = 2, .runs_before_merge = 64, .runs_max = 64, .file_bytes_max = 4'000, .faults = faults};
  settings.shared_directory = scratch.inner("shared");
  settings.shared_copies_kept = 2;
  Result<std::unique_ptr<RocksDbCheckpoint>> store = RocksDbCheckpoint::open(scratch.inner(name), settings);
  if (!store) FAIL(store.error().text);
  return std::move(*store);
}

// One shard's history, by whichever process has it.
struct Shard {
  ChangeMaker changes{71};
  std::deque<Change> made;
  std::uint64_t owner = 1;

  const Change& write(RocksDbCheckpoint& store) {
    Change& change = made.emplace_back(changes.next(40, 10, 80));
    change.header.record.id.owner = owner;
    const Result<void> written = store.write(change.header, change.pointers());
    if (!written) FAIL(written.error().text);
    return change;
  }

  // In order of the epochs; offsets in the log are their numbers.
  void write_and_share(RocksDbCheckpoint& store) {
    const Change& change = write(store);
    const Result<void> shared = share(store, static_cast<std::int64_t>(change.header.record.id.epoch));
    if (!shared) FAIL(shared.error().text);
  }

  static Result<void> share(RocksDbCheckpoint& store, std::int64_t log_offset) {
    const Result<SharedCopy> copy = store.prepare_share(log_offset);
    if (!copy) return std::unexpected(copy.error());
    return store.share(*copy, go_on);
  }
};

std::vector<SharedCopy> listed(const ScratchDirectory& scratch, std::vector<std::string>& warnings) {
  Result<std::vector<SharedCopy>> copies = list_shared_copies(scratch.inner("shared"), warnings);
  if (!copies) FAIL(copies.error().text);
  return std::move(*copies);
}

std::vector<std::uint64_t> listed_epochs(const ScratchDirectory& scratch) {
  std::vector<std::string> warnings;
  std::vector<std::uint64_t> epochs;
  for (const SharedCopy& copy : listed(scratch, warnings)) epochs.push_back(copy.description.id.epoch);
  CHECK(warnings.empty());
  return epochs;
}

std::set<std::string> contents(const ScratchDirectory& scratch) {
  std::set<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(scratch.inner("shared"))) {
    if (entry.is_regular_file()) found.insert(entry.path().string());
  }
  return found;
}

// Every copy that is listed is whole; what each holds is as it was written.
void check_all_whole(const ScratchDirectory& scratch, const Shard& shard) {
  const StateFiles files(watched_file_system(nullptr));
  const SharedCopies shared(files, scratch.inner("shared"), 2);
  const ScratchDirectory into;
  std::vector<std::string> warnings;
  for (const SharedCopy& copy : listed(scratch, warnings)) {
    CHECK(copy.log_offset == static_cast<std::int64_t>(copy.description.id.epoch));
    CHECK(copy.description.id.epoch <= shard.made.size());
    const Result<void> fetched = shared.fetch(copy, into.inner(std::to_string(copy.description.id.epoch)), go_on);
    if (!fetched) FAIL_CHECK(fetched.error().text);
  }
  CHECK(warnings.empty());
}

void flip_a_byte(const fs::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(5);
  const int byte = file.get();
  file.seekp(5);
  file.put(static_cast<char>(byte ^ 1));
}

fs::path copy_path(const ScratchDirectory& scratch, std::uint64_t owner, std::uint64_t epoch) {
  return fs::path(scratch.inner("shared")) / fmt::format("owner-{:012}", owner) / fmt::format("copy-{:012}", epoch);
}

}  // namespace

TEST_CASE("a process without copies begins with the newest shared one, and goes on from it") {
  const ScratchDirectory scratch;
  Shard shard;
  const auto first = open_store(scratch, "first");
  for (int round = 0; round < 3; ++round) shard.write_and_share(*first);
  shard.write(*first);  // not shared

  const auto second = open_store(scratch, "second");
  Result<Restored> restored = restore_all(*second);
  REQUIRE(restored);
  CHECK(holds(*restored, shard.made[2]));
  REQUIRE(restored->warnings.size() == 1);
  CHECK(restored->warnings[0].starts_with("checkpoint 3 (owner 1, epoch 3) was fetched from the shared directory, "));
  CHECK(second->oldest_kept() == EpochId{1, 3});

  Shard onward;  // the same changes again: what it writes must fit what it fetched
  for (int round = 0; round < 3; ++round) onward.made.push_back(onward.changes.next(40, 10, 80));
  onward.owner = 2;
  onward.write_and_share(*second);
  CHECK(holds(*restore_all(*second), onward.made[3]));
  CHECK(listed_epochs(scratch) == std::vector<std::uint64_t>{4, 3});
  check_all_whole(scratch, onward);
}

TEST_CASE("a shared copy replaces older ones of the process alone") {
  const ScratchDirectory scratch;
  Shard shard;
  const auto first = open_store(scratch, "first");
  shard.write(*first);
  fs::copy(scratch.inner("first"), scratch.inner("second"), fs::copy_options::recursive);
  shard.write_and_share(*first);
  shard.write(*first);

  const Result<Restored> newer = restore_all(*first);
  REQUIRE(newer);
  CHECK(newer->warnings.empty());
  CHECK(holds(*newer, shard.made[2]));

  const Result<Restored> older = restore_all(*open_store(scratch, "second"));
  REQUIRE(older);
  CHECK(holds(*older, shard.made[1]));
}

TEST_CASE("a shared copy takes the place of what has its number, or was set aside under it") {
  const ScratchDirectory scratch;
  Shard shard;
  const auto first = open_store(scratch, "first");
  shard.write_and_share(*first);

  // Another history of the same process, of which the log knows nothing any more: its numbers are larger, its epochs are not.
  const auto second = open_store(scratch, "second");
  Shard other;
  other.owner = 0;
  for (int round = 0; round < 3; ++round) other.write(*second);
  CHECK(holds(*restore_all(*second), shard.made[0]));
  const auto kept = second->list(true);
  REQUIRE(kept);
  REQUIRE(kept->size() == 1);
  CHECK(kept->front().usable);

  const auto nothing_is = [](const DecisionRecord&) { return false; };
  for (int round = 0; round < 2; ++round) {
    const Result<Restored> restored = restore_all(*second, nothing_is);
    REQUIRE(restored);
    CHECK_FALSE(restored->header);
  }
  CHECK(holds(*restore_all(*second), shard.made[0]));
}

TEST_CASE("of shared copies that are damaged or not of the log the one before is used") {
  const ScratchDirectory scratch;
  Shard shard;
  const auto first = open_store(scratch, "first");
  for (int round = 0; round < 2; ++round) shard.write_and_share(*first);

  const auto only_first = [](const DecisionRecord& record) { return record.id.epoch == 1; };
  Result<Restored> restored = restore_all(*open_store(scratch, "unconfirmed"), only_first);
  REQUIRE(restored);
  CHECK(holds(*restored, shard.made[0]));
  CHECK(restored->warnings.size() == 3);  // fetched, set aside, fetched

  // A file that the newest copy has alone.
  std::vector<std::string> warnings;
  const std::vector<SharedCopy> copies = listed(scratch, warnings);
  std::set<std::string> before;
  for (const CopyFile& file : copies[1].description.files) before.insert(file.sum.xxh3);
  for (const CopyFile& file : copies[0].description.files) {
    if (before.contains(file.sum.xxh3) || file.sum.bytes < 10) continue;
    flip_a_byte(copy_path(scratch, 1, 0).parent_path() / "files" / fmt::format("{}-{}", file.sum.xxh3, file.sum.bytes));
    break;
  }
  restored = restore_all(*open_store(scratch, "damaged"));
  REQUIRE(restored);
  CHECK(holds(*restored, shard.made[0]));
  REQUIRE(restored->warnings.size() == 2);
  CHECK(restored->warnings[0].starts_with("shared checkpoint 2 (owner 1, epoch 2) is damaged: "));

  flip_a_byte(copy_path(scratch, 1, 2));
  fs::remove_all(copy_path(scratch, 1, 0).parent_path() / "files");
  restored = restore_all(*open_store(scratch, "lost"));
  REQUIRE(restored);
  CHECK_FALSE(restored->header);
  REQUIRE(restored->warnings.size() == 3);
  CHECK(restored->warnings[2] == "no checkpoint is usable: everything is replayed from the start");
  CHECK(restored->warnings[0].ends_with("copy-000000000002: is damaged: its text does not have its checksum"));
  CHECK(restored->warnings[1].ends_with("is missing; going back to the one before"));
}

TEST_CASE("bytes that an owner has shared are not written again, and go with the last copy that names them") {
  const ScratchDirectory scratch;
  Shard shard;
  CrashingDisk disk(scratch.path() / "graveyard");
  const auto first = open_store(scratch, "first", &disk);
  shard.write_and_share(*first);
  const std::set<std::string> after_one = contents(scratch);
  const std::uint64_t created = disk.counts().at(FileOperation::kCreate);
  REQUIRE(Shard::share(*first, 1));
  CHECK(disk.counts().at(FileOperation::kCreate) == created + 1);  // what names them, alone
  CHECK(contents(scratch) == after_one);

  for (int round = 0; round < 5; ++round) shard.write_and_share(*first);
  CHECK(listed_epochs(scratch) == std::vector<std::uint64_t>{6, 5});
  check_all_whole(scratch, shard);
  std::vector<std::string> warnings;
  std::set<std::string> named;
  for (const SharedCopy& copy : listed(scratch, warnings)) {
    for (const CopyFile& file : copy.description.files) named.insert(file.sum.xxh3);
  }
  CHECK(contents(scratch).size() == named.size() + 2);
}

TEST_CASE("an owner removes what those before it have shared, and nothing once it is superseded") {
  const ScratchDirectory scratch;
  Shard shard;
  const auto first = open_store(scratch, "first");
  shard.write_and_share(*first);
  const auto second = open_store(scratch, "second");
  shard.owner = 2;
  shard.write_and_share(*second);
  CHECK(listed_epochs(scratch) == std::vector<std::uint64_t>{2, 1});

  shard.owner = 1;  // that of before, which does not know
  for (int round = 0; round < 3; ++round) shard.write_and_share(*first);
  CHECK(listed_epochs(scratch) == std::vector<std::uint64_t>{2, 5, 4, 3, 1});
  check_all_whole(scratch, shard);

  shard.owner = 2;
  shard.write_and_share(*second);
  CHECK(listed_epochs(scratch) == std::vector<std::uint64_t>{6, 2});
  CHECK_FALSE(fs::exists(copy_path(scratch, 1, 0).parent_path()));
  check_all_whole(scratch, shard);
}

TEST_CASE("who went back to an older copy stays there until there is a new one") {
  const ScratchDirectory scratch;
  Shard shard;
  auto first = open_store(scratch, "first");
  for (int round = 0; round < 2; ++round) shard.write_and_share(*first);
  REQUIRE(first->roll_back_to(1));
  first.reset();
  first = open_store(scratch, "first");
  const Result<Restored> restored = restore_all(*first);
  REQUIRE(restored);
  CHECK(holds(*restored, shard.made[0]));

  Shard again;
  again.made.push_back(again.changes.next(40, 10, 80));
  again.write_and_share(*first);
  first.reset();
  CHECK_FALSE(fs::exists(scratch.inner("first/rolled-back")));
  CHECK(holds(*restore_all(*open_store(scratch, "first")), again.made[1]));
}

TEST_CASE("a shared directory that is away holds up who has no copy, and is passed over by who has one") {
  const ScratchDirectory scratch;
  std::ofstream(scratch.inner("shared")) << "no directory";
  Shard shard;
  const auto first = open_store(scratch, "first");
  const Result<Restored> without = restore_all(*first);
  REQUIRE_FALSE(without);
  CHECK(without.error().kind == ErrorKind::kExternal);
  shard.write(*first);
  CHECK_FALSE(Shard::share(*first, 1));
  const Result<Restored> with = restore_all(*first);
  REQUIRE(with);
  CHECK(holds(*with, shard.made[0]));
  REQUIRE(with->warnings.size() == 1);
  CHECK(with->warnings[0].ends_with("; going on with the copies at hand"));
}

TEST_CASE("sharing and fetching end soon when they are to") {
  const ScratchDirectory scratch;
  Shard shard;
  const auto stop = [] { return true; };
  const auto first = open_store(scratch, "first");
  shard.write(*first);
  const Result<SharedCopy> copy = first->prepare_share(1);
  REQUIRE(copy);
  const Result<void> given_up = first->share(*copy, stop);
  REQUIRE_FALSE(given_up);
  CHECK(given_up.error().retry == Retry::kLater);
  CHECK(listed_epochs(scratch).empty());

  REQUIRE(Shard::share(*first, 1));
  const auto second = open_store(scratch, "second");
  second->restore_until(stop);
  const Result<Restored> restored = restore_all(*second);
  REQUIRE_FALSE(restored);
  CHECK(restored.error().retry == Retry::kLater);

  first->restore_until(stop);
  const Result<Restored> checked = restore_all(*first);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().retry == Retry::kLater);
  CHECK(first->list(true)->front().usable);
}

namespace {

enum class Ending : std::uint8_t { kFailedCall, kProcessStopped, kPowerLost };

// Shares a third copy over two with the fault at `call`; false when it was over before it.
bool attempt_to_share(Ending ending, std::uint64_t call) {
  INFO("call " << call);
  const ScratchDirectory scratch;
  CrashingDisk disk(scratch.path() / "graveyard");
  Shard shard;
  const auto store = open_store(scratch, "first", &disk);
  for (int round = 0; round < 2; ++round) shard.write_and_share(*store);
  shard.write(*store);
  disk.arm(ending == Ending::kFailedCall ? CrashingDisk::Fault::kFailOnce : CrashingDisk::Fault::kStop, call);
  const bool shared = Shard::share(*store, 3).has_value();
  const bool was_hit = disk.was_hit();
  disk.arm(CrashingDisk::Fault::kNone, 0);
  if (ending == Ending::kPowerLost) disk.forget_unsynced(scratch.inner("shared"), static_cast<CrashingDisk::Forget>(call % 3));
  check_all_whole(scratch, shard);
  const std::vector<std::uint64_t> epochs = listed_epochs(scratch);
  REQUIRE(epochs.size() >= 2);
  CHECK(epochs[0] >= (shared ? 3U : 2U));
  if (ending == Ending::kFailedCall) {
    shard.write_and_share(*store);
    CHECK(listed_epochs(scratch)[0] == 4);
    check_all_whole(scratch, shard);
  }
  return was_hit;
}

// Begins with a shared copy with the fault at `call`.
bool attempt_to_fetch(Ending ending, std::uint64_t call) {
  INFO("call " << call);
  const ScratchDirectory scratch;
  Shard shard;
  shard.write_and_share(*open_store(scratch, "first"));
  CrashingDisk disk(scratch.path() / "graveyard");
  {
    const auto second = open_store(scratch, "second", &disk);
    disk.arm(ending == Ending::kFailedCall ? CrashingDisk::Fault::kFailOnce : CrashingDisk::Fault::kStop, call);
    const Result<Restored> restored = restore_all(*second);
    if (restored && restored->header) CHECK(holds(*restored, shard.made[0]));
  }
  if (ending == Ending::kPowerLost) disk.forget_unsynced(scratch.inner("second"), static_cast<CrashingDisk::Forget>(call % 3));
  const Result<Restored> restored = restore_all(*open_store(scratch, "second"));
  REQUIRE(restored);
  CHECK(holds(*restored, shard.made[0]));
  return disk.was_hit();
}

template <typename Attempt>
void sweep(const Attempt& attempt, std::uint64_t calls_at_least) {
  for (const Ending ending : {Ending::kFailedCall, Ending::kProcessStopped, Ending::kPowerLost}) {
    std::uint64_t call = 1;
    while (attempt(ending, call)) ++call;
    CHECK(call > calls_at_least);
  }
}

}  // namespace

TEST_CASE("any call that fails, or is the last, while a copy is shared leaves whole copies, and the next is shared") { sweep(attempt_to_share, 30); }

TEST_CASE("any call that fails, or is the last, while a shared copy is fetched leaves it to be fetched again") { sweep(attempt_to_fetch, 30); }

}  // namespace reckoner::testing
