#include "app/state_identity.hpp"

#include <fmt/format.h>

#include "engine/key.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kIdentityName = "identity";
constexpr std::uint64_t kIdentityBytesMax = 4096;

std::string text_of(const StateIdentity& identity) {
  return fmt::format("reckoner state 1\nrule set {}\nshards {}\nfacts {:016x}\n", identity.rule_set, identity.shards, identity.facts_hash);
}

}  // namespace

std::uint64_t identity_hash(const StateIdentity& identity) { return hash_key(text_of(identity)); }

StateIdentity identity_of(const JobFile& file, const Plan& plan) {
  return {plan.rule_set, static_cast<std::uint32_t>(file.number("shards")), plan.facts_hash};
}

Result<void> adopt_state_identity(Files& files, const std::string& state_directory, const StateIdentity& identity) {
  const std::string path = join_path(state_directory, kIdentityName);
  if (!files.exists(path)) return write_atomically(files, path, text_of(identity));
  return check_state_identity(files, state_directory, identity);
}

Result<void> check_state_identity(Files& files, const std::string& state_directory, const StateIdentity& identity) {
  const std::string path = join_path(state_directory, kIdentityName);
  const std::string text = text_of(identity);
  if (!files.exists(path)) return {};
  const Result<std::string> held = read_whole(files, path, kIdentityBytesMax);
  if (!held) return std::unexpected(held.error());
  if (*held == text) return {};
  return fail(ErrorKind::kConfiguration, fmt::format("{} holds the state of another job.\nThere:\n{}Here:\n{}The number of shards and what the facts "
                                                     "compute are fixed when a state directory is made; thresholds, texts and "
                                                     "severities may change. Set state.dir and outputs.dir to new directories to start from the "
                                                     "beginning of the input, or go back to the earlier rule set",
                                                     state_directory, *held, text));
}

}  // namespace reckoner
