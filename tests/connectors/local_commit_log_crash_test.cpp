#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "commit_log_job.hpp"
#include "connectors/committed_reader.hpp"
#include "connectors/committed_sidecar.hpp"
#include "connectors/local_commit_log.hpp"
#include "connectors/output_check.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_files.hpp"

namespace reckoner {

using testing::CommitLogJob;
using testing::FakeClock;
using testing::FakeCrash;
using testing::FakeFault;
using testing::FakeFiles;
using testing::FakeLoss;

namespace {

constexpr std::uint64_t kEpochs = 8;

// What differs from "exactly the epochs up to the recovered one", or an empty string. `epoch` is that epoch.
std::string difference_after_recovery(FakeFiles& files, std::uint64_t& epoch) {
  FakeClock clock;
  LocalCommitLog log(files, clock, CommitLogJob::settings());
  const Result<std::optional<DecisionRecord>> last = log.recover();
  if (!last) return "recover: " + last.error().text;
  epoch = *last ? (*last)->id.epoch : 0;
  if (*last && **last != CommitLogJob::record(epoch)) return "the last record is another one";
  for (std::uint32_t shard = 0; shard < CommitLogJob::kShards; ++shard) {
    for (std::uint16_t output = 0; output < CommitLogJob::kOutputs; ++output) {
      const std::string path = CommitLogJob::path(shard, output);
      if (files.bytes(path) != CommitLogJob::committed(epoch, shard, output)) return path + " has other bytes";
    }
  }
  const std::uint64_t oldest = epoch >= 5 ? 5 : 0;
  std::uint64_t seen = oldest;
  const Result<void> read = log.read(oldest == 0 ? EpochId{} : EpochId{1, oldest}, [&](const DecisionRecord& record) -> Result<void> {
    ++seen;
    if (record != CommitLogJob::record(seen)) return fail(ErrorKind::kInternal, "another record");
    return {};
  });
  if (!read) return "read: " + read.error().text;
  if (seen != epoch) return "read stops at epoch " + std::to_string(seen);
  const Result<CommittedState> state = committed_from_sidecar(files, "out");
  if (!state || state->id.epoch != epoch) return "the sidecar is not of the last epoch";
  return {};
}

// After a fault at call `call`: recovers twice, goes on, compares with a run in which nothing failed.
std::string difference_after_fault(std::uint64_t call, FakeFault fault, FakeLoss loss, bool directory_syncs) {
  FakeFiles files(directory_syncs);
  files.fault_at(call, fault);
  std::uint64_t acknowledged = 0;
  try {
    if (CommitLogJob::run(files, kEpochs, acknowledged)) return "the fault was not met";
  } catch (const FakeCrash&) {
  }
  files.crash(loss, call);
  if (const Result<CommittedState> state = committed_from_sidecar(files, "out"); state && state->id.epoch > acknowledged + 1)
    return "the sidecar leads";
  std::uint64_t epoch = 0;
  if (std::string difference = difference_after_recovery(files, epoch); !difference.empty()) return difference;
  if (epoch < acknowledged) return "epoch " + std::to_string(acknowledged) + " was acknowledged and is gone";
  if (epoch > acknowledged + 1) return "epoch " + std::to_string(epoch) + " was never begun";
  files.crash(FakeLoss::kUnsynced);
  std::uint64_t again = 0;
  if (std::string difference = difference_after_recovery(files, again); !difference.empty()) return "second time: " + difference;
  if (again != epoch) return "the second recovery finds another epoch";
  if (const Result<void> rest = CommitLogJob::run(files, kEpochs, acknowledged); !rest) return "going on: " + rest.error().text;
  if (std::string difference = difference_after_recovery(files, epoch); !difference.empty()) return "after going on: " + difference;
  return epoch == kEpochs ? "" : "going on did not reach the end";
}

// A fault in the middle of a recovery from a crash.
std::string difference_after_fault_in_recovery(std::uint64_t crash_call, std::uint64_t call, FakeFault fault, bool& met) {
  FakeFiles files(true);
  files.fault_at(crash_call, FakeFault::kCrashHalfway);
  std::uint64_t acknowledged = 0;
  try {
    (void)CommitLogJob::run(files, kEpochs, acknowledged);
  } catch (const FakeCrash&) {
  }
  files.crash(FakeLoss::kTorn, crash_call);
  files.fault_at(files.mutating_calls() + call, fault);
  met = true;
  try {
    FakeClock clock;
    LocalCommitLog log(files, clock, CommitLogJob::settings());
    if (log.recover()) met = false;
  } catch (const FakeCrash&) {
  }
  files.crash(FakeLoss::kTorn, call);
  std::uint64_t epoch = 0;
  if (std::string difference = difference_after_recovery(files, epoch); !difference.empty()) return difference;
  return epoch >= acknowledged ? "" : "an acknowledged epoch is gone";
}

}  // namespace

TEST_CASE("whatever call fails or crashes, recovery yields exactly the committed epochs, twice, and the job goes on to the same end") {
  FakeFiles reference(true);
  std::uint64_t acknowledged = 0;
  REQUIRE(CommitLogJob::run(reference, kEpochs, acknowledged).has_value());
  const std::uint64_t calls = reference.mutating_calls();
  REQUIRE(calls > 60);
  std::size_t faults = 0;
  for (const FakeFault fault :
       {FakeFault::kFail, FakeFault::kFailHalfway, FakeFault::kCrashBefore, FakeFault::kCrashHalfway, FakeFault::kCrashAfter}) {
    for (const FakeLoss loss : {FakeLoss::kNothing, FakeLoss::kUnsynced, FakeLoss::kTorn}) {
      for (const bool directory_syncs : {false, true}) {
        for (std::uint64_t call = 1; call <= calls; ++call) {
          INFO("call " << call << " fault " << static_cast<int>(fault) << " loss " << static_cast<int>(loss) << " directory syncs "
                       << directory_syncs);
          ++faults;
          const std::string difference = difference_after_fault(call, fault, loss, directory_syncs);
          REQUIRE(difference == "");
        }
      }
    }
  }
  CHECK(faults == 30 * calls);
}

TEST_CASE("whatever call of a recovery fails or crashes, the next one yields the committed epochs") {
  for (std::uint64_t crash_call = 1; crash_call < 90; crash_call += 3) {
    for (const FakeFault fault : {FakeFault::kFail, FakeFault::kCrashBefore, FakeFault::kCrashHalfway, FakeFault::kCrashAfter}) {
      bool met = true;
      for (std::uint64_t call = 1; met; ++call) {
        INFO("crash at " << crash_call << ", then at " << call << " fault " << static_cast<int>(fault));
        const std::string difference = difference_after_fault_in_recovery(crash_call, call, fault, met);
        REQUIRE(difference == "");
      }
    }
  }
}

TEST_CASE("flipped bits in log, outputs and sidecar are detected or harmless") {
  FakeFiles reference;
  std::uint64_t acknowledged = 0;
  REQUIRE(CommitLogJob::run(reference, kEpochs, acknowledged).has_value());
  std::mt19937_64 random(11);
  std::size_t detected = 0;
  std::size_t harmless = 0;
  for (int round = 0; round < 1500; ++round) {
    FakeFiles files;
    std::vector<std::string> paths;
    for (const std::string& path : reference.paths()) {
      files.put(path, reference.bytes(path));
      if (!reference.bytes(path).empty()) paths.push_back(path);
    }
    const std::string& path = paths[random() % paths.size()];
    std::string bytes = files.bytes(path);
    const std::size_t bit = random() % (bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(static_cast<unsigned char>(bytes[bit / 8]) ^ (1U << (bit % 8)));
    files.put(path, bytes);
    INFO(path << " bit " << bit);

    FakeClock clock;
    LocalCommitLog log(files, clock, CommitLogJob::settings());
    const Result<std::optional<DecisionRecord>> last = log.recover();
    const Result<OutputCheck> check = check_outputs(files, "log", "out", CommitLogJob::settings().outputs);
    if (!last || !check) {
      const Error& error = last ? check.error() : last.error();
      CHECK(error.kind == ErrorKind::kCorruption);
      const bool names_it = error.text.find(path) != std::string::npos;
      CHECK((names_it || error.text.find("committed.json") != std::string::npos));
      ++detected;
      continue;
    }
    // Only the sidecar, which is written anew, and outputs of forgotten epochs, which nothing can check any more.
    ++harmless;
    const bool unchecked_output = path.starts_with("out/") && bit / 8 < check->bytes_unchecked;
    CHECK((path == "out/committed.json" || unchecked_output));
    REQUIRE(*last);
    CHECK((*last)->id.epoch == kEpochs);
  }
  CHECK(detected > 900);
  CHECK(harmless > 100);
}

}  // namespace reckoner
