#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_history.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "app/kafka_checkpoints.hpp"
#include "app/kafka_look.hpp"
#include "app/kafka_shard.hpp"
#include "app/shared_state.hpp"
#include "connectors/posix_files.hpp"
#include "engine/value_type.hpp"
#include "state/rocksdb_checkpoint.hpp"
#include "state/shared_copies.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kRow = "{:>8} {:>10} {:>8}  {:<26} {:>14}  {}\n";

struct CheckpointOptions {
  JobOptions job;
  std::uint64_t number = 0;
  std::optional<std::uint32_t> shard;
};

struct Checkpoints {
  std::optional<std::uint32_t> shard;  // of a job on topics, where each has copies of its own
  JobHistory history;
  std::unique_ptr<RocksDbCheckpoint> store;
};

Result<std::unique_ptr<RocksDbCheckpoint>> open_store(Files& files, const std::string& directory, const std::string& shared) {
  if (!files.exists(directory))
    return fail(ErrorKind::kConfiguration, fmt::format("{}: there is no such directory; run the job first, or mend state.dir", directory));
  CheckpointSettings settings;
  settings.shared_directory = shared;
  return RocksDbCheckpoint::open(directory, settings);
}

Result<Checkpoints> open_on_files(Files& files, const JobFile& file) {
  Checkpoints found;
  Result<JobHistory> history = read_job_history(files, log_directory(file));
  if (!history) return std::unexpected(history.error());
  found.history = std::move(*history);
  auto store = open_store(files, checkpoint_directory(file), "");
  if (!store) return std::unexpected(store.error());
  found.store = std::move(*store);
  return found;
}

// Of a shard, as far as its log is needed here.
Result<JobHistory> history_of_shard(Files& files, const KafkaLook& job, std::uint32_t shard) {
  const auto from = kept_log_offset(files, shard_directory(job.file, shard));
  if (!from) return std::unexpected(from.error());
  KafkaLogScan scan(*job.client, job.log, {{shard, from->value_or(0)}});
  if (Result<void> read = scan.advance(); !read) return std::unexpected(read.error());
  JobHistory history;
  for (const ShardHistory::Epoch& epoch : scan.history(shard).epochs()) history.epochs.push_back(epoch.id);
  return history;
}

Result<std::vector<Checkpoints>> open_on_topics(Files& files, JobFile file, std::optional<std::uint32_t> only) {
  const auto job = look_at_topics(std::move(file));
  if (!job) return std::unexpected(job.error());
  std::vector<Checkpoints> found;
  for (std::uint32_t shard = 0; shard < job->log.shards; ++shard) {
    const std::string directory = shard_checkpoints(job->file, shard);
    if (!files.exists(directory) || only.value_or(shard) != shard) continue;
    auto history = history_of_shard(files, *job, shard);
    if (!history) return std::unexpected(history.error());
    auto store = open_store(files, directory, shared_checkpoints(job->file, shard));
    if (!store) return std::unexpected(store.error());
    found.push_back({shard, std::move(*history), std::move(*store)});
  }
  if (!found.empty() || !shared_directory(job->file).empty()) return found;
  return fail(ErrorKind::kConfiguration, fmt::format("{}: no copies of {} are there; run the job with this state.dir first, or mend state.dir",
                                                     job->file.text("state.dir"), only ? fmt::format("shard {}", *only) : "a shard"));
}

Result<std::vector<Checkpoints>> open_checkpoints(Files& files, const JobFile& file, std::optional<std::uint32_t> only) {
  if (file.is_kafka()) return open_on_topics(files, file, only);
  auto found = open_on_files(files, file);
  if (!found) return std::unexpected(found.error());
  std::vector<Checkpoints> all;
  all.push_back(std::move(*found));
  return all;
}

// Prints every copy; false when one that a restart would look at is not usable.
Result<bool> print_checkpoints(const Checkpoints& found, bool verify) {
  const auto listed = found.store->list_copies(verify);
  if (!listed) return std::unexpected(listed.error());
  bool all_usable = true;
  for (const auto& [info, made_ms, set_aside] : *listed) {
    std::string state = verify ? "usable, every byte as it was written" : "usable";
    if (!info.usable) state = info.problem;
    if (info.usable && !found.history.is_committed(info.id)) state = "not usable: its epoch is not in the commit log";
    if (found.shard) fmt::print("{:>5} ", *found.shard);
    fmt::print(kRow, info.number, info.id.epoch, info.id.owner, time_text(made_ms), info.bytes, state);
    all_usable = all_usable && (set_aside || (info.usable && found.history.is_committed(info.id)));
  }
  return all_usable;
}

// Those that the processes of a job on topics share. False when one cannot be read or is not whole.
Result<bool> print_shared(Files& files, const JobFile& file, bool verify) {
  bool all_usable = true;
  const auto shards = shared_shards(files, file);
  if (!shards) return std::unexpected(shards.error());
  for (const std::uint32_t shard : *shards) {
    std::vector<std::string> problems;
    const auto copies = list_shared_copies(shared_checkpoints(file, shard), problems);
    if (!copies) return std::unexpected(copies.error());
    for (auto copy = copies->rbegin(); copy != copies->rend(); ++copy) {
      const Result<void> whole = verify ? verify_shared_copy(shared_checkpoints(file, shard), *copy) : Result<void>();
      const CopyDescription& description = copy->description;
      fmt::print("{:>5} ", shard);
      fmt::print(kRow, description.number, description.id.epoch, description.id.owner, time_text(copy->made_ms), description.bytes(),
                 !whole   ? whole.error().text
                 : verify ? "shared, every byte as it was written"
                          : "shared");
      all_usable = all_usable && whole;
    }
    for (const std::string& problem : problems) fmt::print("{:>5} {}\n", shard, problem);
    all_usable = all_usable && problems.empty();
  }
  return all_usable;
}

Result<bool> print_all_checkpoints(const JobOptions& options, bool verify) {
  const auto file = load_job_file(options);
  if (!file) return std::unexpected(file.error());
  PosixFiles files;
  const auto all = open_checkpoints(files, *file, std::nullopt);
  if (!all) return std::unexpected(all.error());
  if (file->is_kafka()) fmt::print("{:>5} ", "shard");
  fmt::print(kRow, "number", "epoch", "owner", "made", "bytes", "state");
  bool all_usable = true;
  for (const Checkpoints& found : *all) {
    const auto usable = print_checkpoints(found, verify);
    if (!usable) return usable;
    all_usable = all_usable && *usable;
  }
  const auto shared = print_shared(files, *file, verify);
  if (!shared) return shared;
  return all_usable && *shared;
}

Result<void> restore_checkpoint(const CheckpointOptions& options) {
  const auto file = load_job_file(options.job);
  if (!file) return std::unexpected(file.error());
  if (file->is_kafka() != options.shard.has_value()) {
    return fail(ErrorKind::kConfiguration, file->is_kafka()
                                               ? "a job on topics has copies of each shard: say which by --shard N, as `checkpoint list` shows it"
                                               : "a job on files has one copy of all shards: leave out --shard");
  }
  PosixFiles files;
  const auto all = open_checkpoints(files, *file, options.shard);
  if (!all) return std::unexpected(all.error());
  if (all->empty()) return fail(ErrorKind::kConfiguration, fmt::format("{}: no copy of that shard is there", file->text("state.dir")));
  const Checkpoints& found = all->front();
  const auto lock = files.lock(join_path(file->text("state.dir"), "lock"));
  if (!lock) return std::unexpected(lock.error());
  const auto listed = found.store->list_copies(false);
  if (!listed) return std::unexpected(listed.error());
  EpochId id;
  for (const auto& [info, made_ms, set_aside] : *listed) {
    if (info.number == options.number && !set_aside) id = info.id;
  }
  if (id != EpochId{} && !found.history.is_committed(id)) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("checkpoint {} is of epoch {}, which is not in the commit log; a run would pass it over", options.number, id.epoch));
  }
  if (const auto rolled = found.store->roll_back_to(options.number); !rolled) return rolled;
  std::size_t later = 0;
  for (const EpochId epoch : found.history.epochs) later += epoch > id ? 1U : 0U;
  fmt::print("the next run starts {}from checkpoint {} (epoch {}) and replays {} epochs; newer checkpoints were set aside\n",
             found.shard ? fmt::format("shard {} ", *found.shard) : "", options.number, id.epoch, later);
  return {};
}

int list(const JobOptions& options, bool verify) {
  const auto usable = print_all_checkpoints(options, verify);
  if (!usable) return report_error(usable.error());
  return verify && !*usable ? static_cast<int>(ExitCode::kFindings) : 0;
}

}  // namespace

void add_checkpoint_command(Command& program) {
  auto options = std::make_shared<CheckpointOptions>();
  Command checkpoint = program.add_command("checkpoint", "Copies of a job's state");
  checkpoint.require_command();
  Command listing = checkpoint.add_command("list", "Each copy: epoch, time, size, whether it is usable");
  add_job_options(listing, options->job);
  listing.when_asked_for([options] { return list(options->job, false); });
  Command verify = checkpoint.add_command("verify", "The same, every byte read and compared with its checksum");
  add_job_options(verify, options->job);
  verify.when_asked_for([options] { return list(options->job, true); });
  Command restore = checkpoint.add_command("restore", "Let the next run start from an older copy: it replays what came after");
  add_job_options(restore, options->job);
  restore.option("NUMBER", options->number, "Of the copy, as `checkpoint list` shows it").required();
  restore.option("--shard", options->shard, "Of a job on topics, where each shard has copies of its own");
  restore.when_asked_for([options] {
    const auto restored = restore_checkpoint(*options);
    return restored ? 0 : report_error(restored.error());
  });
}

}  // namespace reckoner
