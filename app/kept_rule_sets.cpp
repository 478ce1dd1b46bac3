#include "app/kept_rule_sets.hpp"

#include <fmt/format.h>

#include "app/job_wiring.hpp"
#include "rules/load.hpp"

namespace reckoner {

namespace {

std::string directory_of(const std::string& state_directory) { return join_path(state_directory, "rule-sets"); }
std::string path_of(const std::string& state_directory, std::uint64_t hash) {
  return join_path(directory_of(state_directory), fmt::format("{:016x}.yaml", hash));
}

}  // namespace

Result<void> keep_rule_set(Files& files, const std::string& state_directory, std::uint64_t hash, const std::string& resolved) {
  const std::string path = path_of(state_directory, hash);
  if (files.exists(path)) return {};
  if (const auto made = files.make_directories(directory_of(state_directory)); !made) return made;
  return write_atomically(files, path, resolved);
}

Result<std::unique_ptr<Plan>> load_kept_rule_set(Files& files, const std::string& state_directory, std::uint64_t hash) {
  const std::string path = path_of(state_directory, hash);
  if (!files.exists(path)) {
    return fail(ErrorKind::kCorruption, fmt::format("{}: missing, but the commit log has epochs that were decided by it; restore it from a copy, or "
                                                    "run the rule set of that version once, which keeps it again",
                                                    path));
  }
  const Result<std::string> text = read_whole(files, path, kResolvedBytesMax);
  if (!text) return std::unexpected(text.error());
  LoadResult loaded = load_resolved(*text, path);
  if (!loaded.plan || loaded.plan->hash != hash) {
    return fail(ErrorKind::kCorruption, fmt::format("{}: not the rule set that was kept under this name; restore it from a copy", path));
  }
  return std::make_unique<Plan>(std::move(*loaded.plan));
}

Result<std::unique_ptr<Plan>> find_rule_set(Files& files, const JobFile& file, std::uint64_t hash) {
  auto kept = load_kept_rule_set(files, file.text("state.dir"), hash);
  if (kept) return kept;
  std::string resolved;
  auto todays = load_plan(file, &resolved);
  if (!todays || (*todays)->hash != hash) return kept;
  if (const auto written = keep_rule_set(files, file.text("state.dir"), hash, resolved); !written) return std::unexpected(written.error());
  return todays;
}

}  // namespace reckoner
