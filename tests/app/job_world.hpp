// A whole job in process, wired as the program wires it, on a disk, a clock and checkpoints of a test's own. They outlive the job's
// processes, so that a test can kill one and start the next.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/job_wiring.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/job.hpp"
#include "operators/alerts.hpp"
#include "state/file_faults.hpp"
#include "support/fake_checkpoints.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_files.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

using JobSettingTexts = std::map<std::string, std::string>;  // as after --set
using OutputTexts = std::map<std::string, std::string>;      // name of an output file -> its bytes; empty files left out

struct JobInput {
  std::string name;
  std::vector<std::string> files;  // texts of JSON lines, a partition each
  std::string suffix = ".jsonl";   // ".jsonl.gz" when they are compressed
};

// What became of one process.
struct JobOutcome {
  bool killed = false;    // by the test or by the disk; nothing below is filled then
  Result<void> result{};  // of everything from wiring to the end
  JobReport report;
  std::map<std::string, Conservation> counts;  // by input, of all its partitions, since the job was created
  std::map<std::string, RuleCounts> decided;   // by rule, of all shards, since the job was created
};

class JobWorld {
 public:
  // `rule_set` is a folder, or the text of a rule set when it has several lines. Defaults for tests: one shard, one thread, everything in
  // the calling thread; `settings` come on top.
  JobWorld(const std::string& rule_set, const std::vector<JobInput>& inputs, JobSettingTexts settings = {});

  // Runs until the input ends, or until `rounds` rounds are done, at whose end, before any commit, the process is killed. The clock goes
  // on by a millisecond a round.
  JobOutcome run(std::optional<std::uint64_t> rounds = std::nullopt);
  // Runs without an end of input. Whenever nothing is there to read and the job pauses, `pause` says whether it goes on, is asked to stop, or
  // is killed. The clock goes on by a millisecond a round, by the pauses, and by what `pause` does to it.
  enum class Pause : std::uint8_t { kGoOn, kStop, kKill };
  JobOutcome follow(const std::function<Pause()>& pause);
  void set(const std::string& path, const std::string& value) { settings_[path] = value; }
  // Further bytes of an input's file, made when it is not there.
  void append_input(const std::string& input, std::size_t file, const std::string& bytes);

  // Checkpoints are written by RocksDB to the machine's disk from here on, with `faults` in front.
  void use_rocksdb(FileFaults* faults);

  [[nodiscard]] OutputTexts outputs() const;
  [[nodiscard]] bool has_forgotten_epochs() const;  // the first segment of the log is gone
  [[nodiscard]] std::string directory() const { return scratch_.path().string(); }
  [[nodiscard]] std::string checkpoint_directory() const { return scratch_.inner("state/checkpoints"); }
  [[nodiscard]] FakeFiles& files() { return *files_; }
  [[nodiscard]] FakeClock& clock() { return *clock_; }
  [[nodiscard]] FakeCheckpoints& checkpoints() { return *checkpoints_; }

 private:
  [[nodiscard]] Result<WiredJob> wire(bool until_end);
  [[nodiscard]] Result<void> to_the_end(std::optional<std::uint64_t> rounds, JobOutcome& outcome);
  [[nodiscard]] Result<void> run_job(WiredJob& wired, const std::atomic<bool>& stop, JobOutcome& outcome);
  [[nodiscard]] static JobOutcome outcome_of(const std::function<Result<void>(JobOutcome&)>& process);

  ScratchDirectory scratch_;
  std::map<std::string, std::string> suffixes_;  // by input
  JobSettingTexts settings_;
  std::shared_ptr<FakeFiles> files_ = std::make_shared<FakeFiles>(true);
  std::shared_ptr<FakeClock> clock_ = std::make_shared<FakeClock>();
  std::shared_ptr<FakeCheckpoints> checkpoints_ = std::make_shared<FakeCheckpoints>();
  bool rocksdb_ = false;
  FileFaults* faults_ = nullptr;
};

// The rows of all shards of output `name`, sorted: what does not depend on the number of shards.
[[nodiscard]] std::vector<std::string> sorted_rows(const OutputTexts& outputs, const std::string& name);
// "" when equal, else the first file and line that differ.
[[nodiscard]] std::string first_difference(const OutputTexts& expected, const OutputTexts& found);

}  // namespace reckoner::testing
