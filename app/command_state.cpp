#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/job_replica.hpp"
#include "engine/added_state.hpp"
#include "engine/key.hpp"
#include "engine/time_text.hpp"
#include "engine/watermark.hpp"
#include "operators/key_look.hpp"
#include "rules/diagnostic.hpp"

namespace reckoner {

namespace {

struct StateOptions {
  JobOptions job;
  std::string fact;
  std::string list;
  std::string key;
  std::string at;
};

struct FactPlace {
  std::size_t kind = 0;  // of key
  std::uint32_t fact = 0;
};

std::string watermark_text(std::int64_t watermark) { return watermark <= kNoWatermark ? "none yet" : time_text(watermark); }

std::string window_text(std::int64_t within_ms) { return within_ms == 0 ? "-" : duration_text(within_ms); }

std::string identifier(const FactPlan& fact) { return fmt::format("{:016x}", fact.fingerprint); }

// Where they are kept.
std::vector<FactPlace> all_facts(const Plan& plan) {
  std::vector<FactPlace> places;
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    if (plan.keys[kind].only_lends) continue;
    for (std::uint32_t fact = 0; fact < plan.keys[kind].facts.size(); ++fact) {
      if (plan.keys[kind].facts[fact].kind != FactKind::kBorrowed) places.push_back({kind, fact});
    }
  }
  return places;
}

// By name, or by identifier where several facts have one name.
Result<FactPlace> find_fact(const Plan& plan, const std::string& asked) {
  std::vector<FactPlace> found;
  std::vector<std::string> names;
  for (const FactPlace& place : all_facts(plan)) {
    const FactPlan& fact = plan.keys[place.kind].facts[place.fact];
    if (fact.name == asked || identifier(fact) == asked) found.push_back(place);
    if (std::find(names.begin(), names.end(), fact.name) == names.end()) names.push_back(fact.name);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) return fail(ErrorKind::kConfiguration, fmt::format("there is no fact '{}'; {}", asked, name_advice(asked, names)));
  std::string several = fmt::format("{} facts are called '{}'; ask for one by its identifier:", found.size(), asked);
  for (const FactPlace& place : found) {
    const KeyPlan& key = plan.keys[place.kind];
    several += fmt::format("\n  {}  by {}, within {}", identifier(key.facts[place.fact]), fmt::join(key.by, ", "),
                           window_text(key.facts[place.fact].within_ms));
  }
  return fail(ErrorKind::kConfiguration, several);
}

// A key of several fields is written with commas between them.
Result<std::string> key_bytes(const KeyPlan& key, const std::string& text) {
  if (key.by.size() == 1) return text;
  std::vector<char> bytes;
  std::size_t parts = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++parts) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    append_key_part(bytes, std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
  }
  if (parts == key.by.size()) return std::string(bytes.begin(), bytes.end());
  return fail(ErrorKind::kConfiguration,
              fmt::format("'{}' names {} of the key's {} fields; write {}", text, parts, key.by.size(), fmt::join(key.by, ",")));
}

void print_moment(const JobReplica& replica) {
  fmt::print("as of       epoch {} (owner {}), {}", replica.as_of.epoch, replica.as_of.owner,
             replica.checkpoint == 0 ? "replayed from the start" : fmt::format("checkpoint {}", replica.checkpoint));
  const std::uint64_t replayed = replica.wired.job->report().replayed_epochs;
  if (replica.checkpoint != 0 && replayed > 0) fmt::print(" and {} epochs replayed", replayed);
  if (replica.as_of != replica.newest)
    fmt::print("; epochs up to {} were decided by other rule sets and are not in it, run the job once to go on", replica.newest.epoch);
  fmt::print("\n");
}

Result<JobReplica> replica_of(const JobOptions& options) {
  auto file = load_job_on_files(options);
  if (!file) return std::unexpected(file.error());
  auto replica = open_replica(std::move(*file));
  if (!replica) return replica;
  for (const std::string& warning : replica->wired.warnings) fmt::print(stderr, "warning: {}\n", warning);
  return replica;
}

// What rules put into lists and is not over.
std::vector<StoredList> stored_lists_of(const JobReplica& replica) {
  return replica.wired.added == nullptr ? std::vector<StoredList>() : stored_lists(replica.wired.added->state());
}

void print_lists(const std::vector<StoredList>& lists) {
  if (lists.empty()) return;
  constexpr std::string_view kRow = "{:<24} {:>24}\n";
  fmt::print(kRow, "list", "entries put in by rules");
  for (const StoredList& list : lists) fmt::print(kRow, list.name, list.entries.size());
}

Result<void> list_facts(const StateOptions& options) {
  constexpr std::string_view kRow = "{:<24} {:<16} {:<24} {:>10} {:>12}\n";
  const auto replica = replica_of(options.job);
  if (!replica) return std::unexpected(replica.error());
  const Plan& plan = *replica->wired.plan;
  fmt::print(kRow, "fact", "identifier", "by", "within", "keys");
  for (const FactPlace& place : all_facts(plan)) {
    const KeyPlan& key = plan.keys[place.kind];
    std::uint64_t keys = 0;
    for (const auto& shard : replica->wired.job->shards()) keys += shard->spaces()[place.kind]->table().end();
    fmt::print(kRow, key.facts[place.fact].name, identifier(key.facts[place.fact]), fmt::format("{}", fmt::join(key.by, ",")),
               window_text(key.facts[place.fact].within_ms), keys);
  }
  print_lists(stored_lists_of(*replica));
  print_moment(*replica);
  return {};
}

Result<void> list_entries(const StateOptions& options) {
  constexpr std::string_view kRow = "{:<16} {:<24} {:<24} {:<24} {:<12} {}\n";
  const auto replica = replica_of(options.job);
  if (!replica) return std::unexpected(replica.error());
  const std::vector<StoredList> lists = stored_lists_of(*replica);
  std::vector<std::string> names;
  names.reserve(lists.size());
  for (const StoredList& list : lists) names.push_back(list.name);
  if (!options.list.empty() && std::find(names.begin(), names.end(), options.list) == names.end())
    return fail(ErrorKind::kConfiguration, fmt::format("rules add to no list '{}'; {}", options.list, name_advice(options.list, names)));
  fmt::print(kRow, "list", "value", "from", "until", "rule", "reason");
  for (const StoredList& list : lists) {
    if (!options.list.empty() && options.list != list.name) continue;
    for (const auto& [value, entry] : list.entries)
      fmt::print(kRow, list.name, value, time_text(entry.from_ms), time_text(entry.until_ms), entry.by, entry.reason);
  }
  print_moment(*replica);
  return {};
}

Result<void> get_fact(const StateOptions& options) {
  const auto replica = replica_of(options.job);
  if (!replica) return std::unexpected(replica.error());
  const WiredJob& wired = replica->wired;
  const auto place = find_fact(*wired.plan, options.fact);
  if (!place) return std::unexpected(place.error());
  const KeyPlan& key = wired.plan->keys[place->kind];
  const FactPlan& fact = key.facts[place->fact];
  const auto bytes = key_bytes(key, options.key);
  if (!bytes) return std::unexpected(bytes.error());
  std::int64_t at_ms = wired.job->reader().highest_event_time();
  if (!options.at.empty()) {
    const auto at = parse_rfc3339(options.at);
    if (!at) return fail(ErrorKind::kConfiguration, fmt::format("--at {}: write a time as 2026-01-01T12:00:00Z", options.at));
    at_ms = *at;
  }
  const std::size_t shard = shard_of(hash_key(*bytes), static_cast<std::uint32_t>(wired.job->shards().size()));
  const KeySpace& space = *wired.job->shards()[shard]->spaces()[place->kind];
  const std::int64_t watermark_ms = wired.job->reader().watermarks().group(space.shape().watermark_groups[0]);
  const FactLook look = look_at_fact(key, wired.spaces[shard][place->kind], space, place->fact, *bytes, at_ms, watermark_ms);
  fmt::print("fact        {} ({}), by {}\nkey         {}\n", fact.name, identifier(fact), fmt::join(key.by, ", "), options.key);
  fmt::print("value       {}{}\n", look.known ? "" : "unknown: ", look.text);
  if (fact.within_ms > 0) fmt::print("window      ({}, {}]\n", watermark_text(at_ms - fact.within_ms), watermark_text(at_ms));
  fmt::print("watermark   {}\n", watermark_text(watermark_ms));
  print_moment(*replica);
  return {};
}

CommandAction action_of(const std::shared_ptr<StateOptions>& options, Result<void> (*what)(const StateOptions&)) {
  return [options, what] {
    const auto done = what(*options);
    return done ? 0 : report_error(done.error());
  };
}

}  // namespace

void add_state_command(CLI::App& app, CommandAction& action) {
  auto options = std::make_shared<StateOptions>();
  CLI::App* state = app.add_subcommand("state", "What a job remembers; reads alone, also while it runs");
  state->require_subcommand(1);
  CLI::App* listing = state->add_subcommand("ls", "Each fact with its key, window and number of keys, and the lists that rules put values into");
  add_job_options(*listing, options->job);
  listing->callback([&action, options] { action = action_of(options, list_facts); });
  CLI::App* entries = state->add_subcommand("entries", "What rules put into lists, since when, until when and why: reckoner state entries JOB mules");
  add_job_options(*entries, options->job);
  entries->add_option("LIST", options->list, "One list; otherwise all that rules put values into");
  entries->callback([&action, options] { action = action_of(options, list_entries); });
  CLI::App* get = state->add_subcommand("get", "The value of a fact for one key: reckoner state get JOB payments A0000012");
  add_job_options(*get, options->job);
  get->add_option("FACT", options->fact, "Name or identifier, as `state ls` shows them")->required();
  get->add_option("KEY", options->key, "Of a key of several fields: with commas between")->required();
  get->add_option("--at", options->at, "Where the window ends, such as 2026-01-01T12:00:00Z; otherwise at the latest record that was read");
  get->callback([&action, options] { action = action_of(options, get_fact); });
}

}  // namespace reckoner
