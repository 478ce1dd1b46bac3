#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_history.hpp"
#include "app/job_options.hpp"
#include "app/job_wiring.hpp"
#include "connectors/posix_files.hpp"
#include "engine/value_type.hpp"
#include "state/rocksdb_checkpoint.hpp"

namespace reckoner {

namespace {

struct CheckpointOptions {
  JobOptions job;
  std::uint64_t number = 0;
};

struct Checkpoints {
  JobHistory history;
  std::unique_ptr<RocksDbCheckpoint> store;
};

Result<Checkpoints> open_checkpoints(Files& files, const JobFile& file) {
  if (!files.exists(checkpoint_directory(file))) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: there is no such directory; run the job first, or mend state.dir", checkpoint_directory(file)));
  }
  Checkpoints found;
  Result<JobHistory> history = read_job_history(files, log_directory(file));
  if (!history) return std::unexpected(history.error());
  found.history = std::move(*history);
  auto store = RocksDbCheckpoint::open(checkpoint_directory(file), {});
  if (!store) return std::unexpected(store.error());
  found.store = std::move(*store);
  return found;
}

// Prints every copy; false when one that a restart would look at is not usable.
Result<bool> print_checkpoints(const JobOptions& options, bool verify) {
  constexpr std::string_view kRow = "{:>8} {:>10} {:>8}  {:<26} {:>14}  {}\n";
  const auto file = load_job_on_files(options);
  if (!file) return std::unexpected(file.error());
  PosixFiles files;
  const auto found = open_checkpoints(files, *file);
  if (!found) return std::unexpected(found.error());
  const auto listed = found->store->list_copies(verify);
  if (!listed) return std::unexpected(listed.error());
  bool all_usable = true;
  fmt::print(kRow, "number", "epoch", "owner", "made", "bytes", "state");
  for (const auto& [info, made_ms, set_aside] : *listed) {
    std::string state = verify ? "usable, every byte as it was written" : "usable";
    if (!info.usable) state = info.problem;
    if (info.usable && !found->history.is_committed(info.id)) state = "not usable: its epoch is not in the commit log";
    fmt::print(kRow, info.number, info.id.epoch, info.id.owner, time_text(made_ms), info.bytes, state);
    all_usable = all_usable && (set_aside || (info.usable && found->history.is_committed(info.id)));
  }
  return all_usable;
}

Result<void> restore_checkpoint(const CheckpointOptions& options) {
  const auto file = load_job_on_files(options.job);
  if (!file) return std::unexpected(file.error());
  PosixFiles files;
  const auto found = open_checkpoints(files, *file);
  if (!found) return std::unexpected(found.error());
  const auto lock = files.lock(join_path(file->text("state.dir"), "lock"));
  if (!lock) return std::unexpected(lock.error());
  const auto listed = found->store->list_copies(false);
  if (!listed) return std::unexpected(listed.error());
  EpochId id;
  for (const auto& [info, made_ms, set_aside] : *listed) {
    if (info.number == options.number && !set_aside) id = info.id;
  }
  if (id != EpochId{} && !found->history.is_committed(id)) {
    return fail(ErrorKind::kConfiguration,
                fmt::format("checkpoint {} is of epoch {}, which is not in the commit log; a run would pass it over", options.number, id.epoch));
  }
  if (const auto rolled = found->store->roll_back_to(options.number); !rolled) return rolled;
  std::size_t later = 0;
  for (const EpochId epoch : found->history.epochs) later += epoch > id ? 1U : 0U;
  fmt::print("the next run starts from checkpoint {} (epoch {}) and replays {} epochs; newer checkpoints were set aside\n", options.number, id.epoch,
             later);
  return {};
}

int list(const JobOptions& options, bool verify) {
  const auto usable = print_checkpoints(options, verify);
  if (!usable) return report_error(usable.error());
  return verify && !*usable ? static_cast<int>(ExitCode::kFindings) : 0;
}

}  // namespace

void add_checkpoint_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<CheckpointOptions>();
  CLI::App* checkpoint = app.add_subcommand("checkpoint", "Copies of a job's state");
  checkpoint->require_subcommand(1);
  CLI::App* listing = checkpoint->add_subcommand("list", "Each copy: epoch, time, size, whether it is usable");
  add_job_options(*listing, options->job);
  listing->callback([&action, options] { action = [options] { return list(options->job, false); }; });
  CLI::App* verify = checkpoint->add_subcommand("verify", "The same, every byte read and compared with its checksum");
  add_job_options(*verify, options->job);
  verify->callback([&action, options] { action = [options] { return list(options->job, true); }; });
  CLI::App* restore = checkpoint->add_subcommand("restore", "Let the next run start from an older copy: it replays what came after");
  add_job_options(*restore, options->job);
  restore->add_option("NUMBER", options->number, "Of the copy, as `checkpoint list` shows it")->required();
  restore->callback([&action, options] {
    action = [options] {
      const auto restored = restore_checkpoint(*options);
      return restored ? 0 : report_error(restored.error());
    };
  });
}

}  // namespace reckoner
