#include "app/job_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/conservation_report.hpp"
#include "app/job_wiring.hpp"
#include "app/kept_rule_sets.hpp"
#include "connectors/committed_reader.hpp"
#include "connectors/output_check.hpp"
#include "engine/check.hpp"
#include "state/rocksdb_checkpoint.hpp"

namespace reckoner {

namespace {

std::string name_of(EpochId id) { return fmt::format("epoch {} (owner {})", id.epoch, id.owner); }

// Collects what one check after the other finds.
class Checks {
 public:
  Checks(Files& files, const JobFile& file, JobCheck& found) : files_(files), file_(file), found_(found) {}

  bool log() {
    if (!files_.exists(file_.text("state.dir"))) {
      problem(fmt::format("{}: there is no such state directory; run the job first, or mend state.dir", file_.text("state.dir")));
      return false;
    }
    Result<JobHistory> history = read_job_history(files_, log_directory(file_));
    if (!history) {
      problem(history.error().text);
      return false;
    }
    found_.history = std::move(*history);
    const JobHistory& read = found_.history;
    if (!read.last) {
      pass("commit log: no epoch is committed yet");
      return false;
    }
    pass(fmt::format("commit log: {} epochs{}, up to {}", read.epochs.size(), read.before == EpochId{} ? "" : " (older ones were forgotten)",
                     name_of(read.last->id)));
    return true;
  }

  void outputs() {
    const auto checked = check_outputs(files_, log_directory(file_), file_.text("outputs.dir"), output_names());
    if (!checked) return problem(checked.error().text);
    pass(fmt::format("outputs: {} committed bytes have the hashes of their epochs", checked->bytes_checked));
    if (checked->bytes_unchecked > 0) pass(fmt::format("outputs: {} bytes are older than the log and were not checked", checked->bytes_unchecked));
  }

  void sidecar() {
    const auto published = committed_from_sidecar(files_, file_.text("outputs.dir"));
    if (!published) return problem(published.error().text);
    if (published->id == EpochId{} || is_committed(published->id)) return;
    problem(fmt::format("{}: committed.json names {}, which is not in the commit log", file_.text("outputs.dir"), name_of(published->id)));
  }

  void conservation() {
    const std::vector<PartitionProgress>& partitions = last().partitions;
    std::size_t held = 0;
    for (const PartitionProgress& partition : partitions) {
      if (const auto checked = check_conservation(partition); !checked) {
        problem(checked.error().text);
      } else {
        ++held;
      }
    }
    if (held == partitions.size()) pass(fmt::format("conservation: holds for {} partitions, in counts and sums", held));
    side_output(OutputId::kDeadLetters, Bucket::kRejected, "rejected");
    side_output(OutputId::kDuplicates, Bucket::kDuplicate, "duplicate");
  }

  void rule_sets() {
    std::size_t whole = 0;
    for (const std::uint64_t hash : found_.history.rule_sets) {
      if (const auto plan = load_kept_rule_set(files_, file_.text("state.dir"), hash); !plan) {
        problem(plan.error().text);
      } else {
        ++whole;
      }
    }
    pass(fmt::format("rule sets: {} of {} that the log names are kept and whole", whole, found_.history.rule_sets.size()));
  }

  void checkpoints() {
    if (!files_.exists(checkpoint_directory(file_))) return pass("checkpoints: none; a restart replays from the start");
    const auto store = RocksDbCheckpoint::open(checkpoint_directory(file_), {});
    if (!store) return problem(store.error().text);
    const auto listed = (*store)->list_copies(true);
    if (!listed) return problem(listed.error().text);
    std::size_t usable = 0;
    for (const auto& [info, made_ms, set_aside] : *listed) {
      if (set_aside) {
        pass(fmt::format("checkpoint {}: not in use, {}", info.number, info.problem));
      } else if (!info.usable) {
        if (is_still_there(**store, info.number)) problem(fmt::format("checkpoint {}: {}", info.number, info.problem));
      } else if (!is_committed(info.id)) {
        problem(fmt::format("checkpoint {}: it is of {}, which is not in the commit log", info.number, name_of(info.id)));
      } else {
        ++usable;
      }
    }
    pass(fmt::format("checkpoints: {} usable", usable));
  }

 private:
  void pass(std::string line) { found_.passed.push_back(std::move(line)); }
  void problem(std::string line) { found_.problems.push_back(std::move(line)); }

  // Once log() found it.
  [[nodiscard]] const DecisionRecord& last() const {
    const std::optional<DecisionRecord>& record = found_.history.last;
    RECKONER_CHECK(record.has_value(), "the log was not read");
    return *record;
  }

  // Looks again at a log that may have grown since it was read.
  [[nodiscard]] bool is_committed(EpochId id) const {
    if (found_.history.is_committed(id)) return true;
    const Result<JobHistory> again = read_job_history(files_, log_directory(file_));
    return again && again->is_committed(id);
  }

  // A running job removes old copies: one that went away while it was checked is no problem.
  static bool is_still_there(CheckpointStore& store, std::uint64_t number) {
    const auto again = store.list(false);
    return !again || std::any_of(again->begin(), again->end(), [&](const CheckpointInfo& info) { return info.number == number; });
  }

  // Each record of the bucket has one row in the output.
  void side_output(OutputId output, Bucket bucket, std::string_view name) {
    std::uint64_t rows = 0;
    std::uint64_t records = 0;
    for (const ShardSection& section : last().sections) {
      for (const OutputProgress& progress : section.outputs) rows += progress.output == static_cast<std::uint16_t>(output) ? progress.rows : 0;
    }
    for (const PartitionProgress& partition : last().partitions) records += partition.counts.records[static_cast<std::size_t>(bucket)];
    if (rows != records) problem(fmt::format("{} records are counted as {}, but {} has {} rows", records, name, to_text(output), rows));
  }

  Files& files_;
  const JobFile& file_;
  JobCheck& found_;
};

}  // namespace

JobCheck check_job(Files& files, const JobFile& file) {
  JobCheck found;
  Checks checks(files, file, found);
  if (!checks.log()) return found;
  checks.outputs();
  checks.sidecar();
  checks.conservation();
  checks.rule_sets();
  checks.checkpoints();
  return found;
}

}  // namespace reckoner
