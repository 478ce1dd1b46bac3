// Every write, sync, rename, truncate, link and remove of a whole job, RocksDB's own included: failed once, and the process or the machine
// stopped at it. The next process must end with the bytes of an unbroken run.
#include <cstdint>
#include <string>

#include "job_world.hpp"
#include "support/catch.hpp"
#include "support/crashing_disk.hpp"
#include "torture_job.hpp"

namespace reckoner::testing {

namespace {

constexpr int kRecords = 60;

// Many epochs, so that the log also forgets some; or few, where every checkpoint costs RocksDB a hundred calls.
JobSettingTexts many_epochs() {
  JobSettingTexts settings = torture_settings(4);
  settings["engine.gather_records"] = "1000";
  return settings;
}

JobSettingTexts few_epochs() { return torture_settings(12); }

enum class Ending : std::uint8_t { kFailedCall, kProcessStopped, kPowerLost };

// One power supply for both disks: when one stops, so does the other.
class SharedPower final : public FileFaults {
 public:
  SharedPower(FakeFiles& files, CrashingDisk& disk) : files_(files), disk_(disk) {}

  FileAction before(const FileCall& call) override {
    if (files_.is_dead()) return FileAction::kFail;
    const FileAction action = disk_.before(call);
    if (action == FileAction::kTear) files_.fault_at(files_.mutating_calls() + 1, FakeFault::kCrashBefore);
    return action;
  }
  void after(const FileCall& call) override { disk_.after(call); }

 private:
  FakeFiles& files_;
  CrashingDisk& disk_;
};

OutputTexts unbroken_outputs(const JobSettingTexts& settings, std::uint64_t epochs) {
  JobWorld world(std::string(kTortureRules), torture_inputs(kRecords), settings);
  const JobOutcome outcome = world.run();
  if (!outcome.result) FAIL(outcome.result.error().text);
  CHECK(outcome.report.epochs >= epochs);
  CHECK(outcome.report.checkpoints >= 3);
  CHECK(world.has_forgotten_epochs() == (epochs > 10));
  for (const char* output : {"totals", "scores", "alerts", "late", "dead_letters", "duplicates"}) {
    INFO(output);
    CHECK(!sorted_rows(world.outputs(), output).empty());
  }
  return world.outputs();
}

// What the processes after the broken one do that they must not, or "".
std::string difference_after_restart(JobWorld& world, const OutputTexts& expected) {
  JobOutcome outcome = world.run();
  if (!outcome.result) return "the restart ends with: " + outcome.result.error().text;
  if (!outcome.report.warnings.empty()) return "the restart warns: " + outcome.report.warnings.front();
  if (std::string difference = first_difference(expected, world.outputs()); !difference.empty()) return difference;
  outcome = world.run();
  if (!outcome.result) return "a run without new input ends with: " + outcome.result.error().text;
  if (outcome.report.epochs > 0) return "a run without new input commits something";
  return first_difference(expected, world.outputs());
}

struct Attempt {
  bool hit = false;
  std::string difference;
};

// A call of the job's own files; checkpoints are in memory.
Attempt break_files(const OutputTexts& expected, std::uint64_t call, FakeFault fault, FakeLoss loss) {
  JobWorld world(std::string(kTortureRules), torture_inputs(kRecords), many_epochs());
  world.files().fault_at(call, fault);
  const JobOutcome broken = world.run();
  if (!broken.killed && broken.result) return {};
  world.files().crash(loss, call);
  return {true, difference_after_restart(world, expected)};
}

// A call of RocksDB or the checkpoint store, or, for `of_files`, one of the job's own files while checkpoints are on the other disk.
Attempt break_either(const OutputTexts& expected, std::uint64_t call, Ending ending, bool of_files) {
  JobWorld world(std::string(kTortureRules), torture_inputs(kRecords), few_epochs());
  CrashingDisk disk(world.directory() + "/graveyard");
  SharedPower power(world.files(), disk);
  world.use_rocksdb(&power);
  if (of_files) {
    world.files().fault_at(call, ending == Ending::kFailedCall ? FakeFault::kFailHalfway : FakeFault::kCrashHalfway);
  } else {
    disk.arm(ending == Ending::kFailedCall ? CrashingDisk::Fault::kFailOnce : CrashingDisk::Fault::kStop, call);
  }
  const JobOutcome broken = world.run();
  if (of_files ? !broken.killed && broken.result.has_value() : !disk.was_hit()) return {};
  world.files().crash(ending == Ending::kPowerLost ? FakeLoss::kTorn : FakeLoss::kNothing, call);
  if (ending == Ending::kPowerLost) disk.forget_unsynced(world.checkpoint_directory(), static_cast<CrashingDisk::Forget>(call % 3));
  world.use_rocksdb(nullptr);
  return {true, difference_after_restart(world, expected)};
}

// Breaks call 1, 1 + step, ... until one is not met any more; returns how many were.
template <typename Break>
std::uint64_t sweep(std::uint64_t step, Break&& break_call) {
  std::uint64_t hits = 0;
  for (std::uint64_t call = 1;; call += step) {
    const Attempt attempt = break_call(call);
    if (!attempt.hit) return hits;
    ++hits;
    INFO("call " << call);
    CHECK(attempt.difference == "");
  }
}

void sweep_rocksdb(std::uint64_t step) {
  const OutputTexts expected = unbroken_outputs(few_epochs(), 5);
  for (const bool of_files : {false, true}) {
    for (const Ending ending : {Ending::kFailedCall, Ending::kProcessStopped, Ending::kPowerLost}) {
      INFO("ending " << static_cast<int>(ending) << " of files " << of_files);
      CHECK(sweep(step, [&](std::uint64_t call) { return break_either(expected, call, ending, of_files); }) >= 60 / step);
    }
  }
}

}  // namespace

TEST_CASE("whatever call of a job's log and outputs fails or crashes, the next process ends with the same bytes") {
  const OutputTexts expected = unbroken_outputs(many_epochs(), 15);
  for (const FakeFault fault :
       {FakeFault::kFail, FakeFault::kFailHalfway, FakeFault::kCrashBefore, FakeFault::kCrashHalfway, FakeFault::kCrashAfter}) {
    std::uint64_t attempts = 0;
    INFO("fault " << static_cast<int>(fault));
    CHECK(sweep(1, [&](std::uint64_t call) { return break_files(expected, call, fault, static_cast<FakeLoss>(attempts++ % 3)); }) > 60);
  }
}

TEST_CASE("whatever call of RocksDB fails or crashes under a job, the next process ends with the same bytes (every 7th)") { sweep_rocksdb(7); }

TEST_CASE("whatever call of RocksDB fails or crashes under a job, the next process ends with the same bytes (every one)", "[.torture]") {
  sweep_rocksdb(1);
}

}  // namespace reckoner::testing
