#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_options.hpp"
#include "app/state_copies.hpp"
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
  std::string key;
  std::string at;
  std::string list;
  bool all_shards = false;
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

void print_moment(const StateCopies& copies, const StateCopy& copy) {
  fmt::print("as of       {}epoch {} (owner {}), {}", copies.is_on_topics() ? fmt::format("shard {}, ", copy.shard) : "", copy.as_of.epoch,
             copy.as_of.owner, copy.checkpoint == 0 ? "replayed from the start" : fmt::format("checkpoint {}", copy.checkpoint));
  const std::uint64_t replayed = copy.job->report().replayed_epochs;
  if (copy.checkpoint != 0 && replayed > 0) fmt::print(" and {} epochs replayed", replayed);
  if (copy.as_of != copy.newest)
    fmt::print("; epochs up to {} were decided by other rule sets and are not in it, run the job once to go on", copy.newest.epoch);
  fmt::print("\n");
}

Result<std::unique_ptr<StateCopies>> copies_of(const StateOptions& options) {
  auto file = load_job_file(options.job);
  if (!file) return std::unexpected(file.error());
  return StateCopies::open(std::move(*file), options.all_shards);
}

Result<std::vector<StateCopy>> look_at_all(StateCopies& copies) {
  std::vector<StateCopy> all;
  for (const std::uint32_t shard : copies.shards()) {
    auto copy = copies.look(shard);
    if (!copy) return std::unexpected(copy.error());
    all.push_back(*copy);
  }
  return all;
}

// Of the key kind that has this fact, in the copy's own plan.
std::uint64_t keys_with(const StateCopy& copy, std::uint64_t fingerprint) {
  for (const FactPlace& place : all_facts(*copy.plan)) {
    if (copy.plan->keys[place.kind].facts[place.fact].fingerprint == fingerprint) return copy.state->spaces()[place.kind]->table().end();
  }
  return 0;
}

// What rules put into lists and is not over: on topics every shard hears of all of it.
std::vector<StoredList> stored_lists_of(const StateCopy& copy) {
  return copy.added == nullptr ? std::vector<StoredList>() : stored_lists(copy.added->state());
}

void print_lists(const std::vector<StoredList>& lists) {
  if (lists.empty()) return;
  constexpr std::string_view kRow = "{:<24} {:>24}\n";
  fmt::print(kRow, "list", "entries put in by rules");
  for (const StoredList& list : lists) fmt::print(kRow, list.name, list.entries.size());
}

Result<void> list_facts(const StateOptions& options) {
  constexpr std::string_view kRow = "{:<24} {:<16} {:<24} {:>10} {:>12}\n";
  const auto copies = copies_of(options);
  if (!copies) return std::unexpected(copies.error());
  const auto all = look_at_all(**copies);
  if (!all) return std::unexpected(all.error());
  const Plan& plan = *all->front().plan;
  fmt::print(kRow, "fact", "identifier", "by", "within", "keys");
  for (const FactPlace& place : all_facts(plan)) {
    const KeyPlan& key = plan.keys[place.kind];
    const FactPlan& fact = key.facts[place.fact];
    std::uint64_t keys = 0;
    for (const StateCopy& copy : *all) keys += keys_with(copy, fact.fingerprint);
    fmt::print(kRow, fact.name, identifier(fact), fmt::format("{}", fmt::join(key.by, ",")), window_text(fact.within_ms), keys);
  }
  print_lists(stored_lists_of(all->front()));
  for (const StateCopy& copy : *all) {
    if ((*copies)->is_on_topics() || copy.shard == 0) print_moment(**copies, copy);
  }
  return {};
}

Result<void> list_entries(const StateOptions& options) {
  constexpr std::string_view kRow = "{:<16} {:<24} {:<24} {:<24} {:<12} {}\n";
  const auto copies = copies_of(options);
  if (!copies) return std::unexpected(copies.error());
  const auto copy = (*copies)->look((*copies)->shards().front());
  if (!copy) return std::unexpected(copy.error());
  const std::vector<StoredList> lists = stored_lists_of(*copy);
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
  print_moment(**copies, *copy);
  return {};
}

// What one copy says of a key.
struct KeyInCopy {
  StateCopy copy;
  FactPlace place;
  std::string bytes;

  [[nodiscard]] const KeyPlan& key() const { return copy.plan->keys[place.kind]; }
  [[nodiscard]] const KeySpace& space() const { return *copy.state->spaces()[place.kind]; }
  [[nodiscard]] bool is_known() const { return space().table().find(hash_key(bytes), bytes) != KeyTable::kAbsent; }
};

Result<KeyInCopy> look_for(StateCopies& copies, std::uint32_t shard, const StateOptions& options) {
  auto copy = copies.look(shard);
  if (!copy) return std::unexpected(copy.error());
  auto place = find_fact(*copy->plan, options.fact);
  if (!place) return std::unexpected(place.error());
  auto bytes = key_bytes(copy->plan->keys[place->kind], options.key);
  if (!bytes) return std::unexpected(bytes.error());
  return KeyInCopy{*copy, *place, std::move(*bytes)};
}

// In the shard that knows the key, or in one that might.
Result<KeyInCopy> find_key(StateCopies& copies, const StateOptions& options) {
  const auto place = find_fact(copies.plan(), options.fact);
  if (!place) return std::unexpected(place.error());
  const KeyPlan& key = copies.plan().keys[place->kind];
  const auto bytes = key_bytes(key, options.key);
  if (!bytes) return std::unexpected(bytes.error());
  const auto shards = copies.shards_of(key, *bytes);
  if (!shards) return std::unexpected(shards.error());
  for (std::size_t i = 0;; ++i) {
    auto found = look_for(copies, (*shards)[i], options);
    if (!found || found->is_known() || i + 1 == shards->size()) return found;
  }
}

Result<void> get_fact(const StateOptions& options) {
  const auto copies = copies_of(options);
  if (!copies) return std::unexpected(copies.error());
  const auto found = find_key(**copies, options);
  if (!found) return std::unexpected(found.error());
  const StateCopy& copy = found->copy;
  const KeyPlan& key = found->key();
  const FactPlan& fact = key.facts[found->place.fact];
  std::int64_t at_ms = copy.job->reader().highest_event_time();
  if (!options.at.empty()) {
    const auto at = parse_rfc3339(options.at);
    if (!at) return fail(ErrorKind::kConfiguration, fmt::format("--at {}: write a time as 2026-01-01T12:00:00Z", options.at));
    at_ms = *at;
  }
  const KeySpace& space = found->space();
  const std::int64_t watermark_ms = copy.job->reader().watermarks().group(space.shape().watermark_groups[0]);
  const FactLook look = look_at_fact(key, (*copy.spaces)[found->place.kind], space, found->place.fact, found->bytes, at_ms, watermark_ms);
  fmt::print("fact        {} ({}), by {}\nkey         {}\n", fact.name, identifier(fact), fmt::join(key.by, ", "), options.key);
  fmt::print("value       {}{}\n", look.known ? "" : "unknown: ", look.text);
  if (fact.within_ms > 0) fmt::print("window      ({}, {}]\n", watermark_text(at_ms - fact.within_ms), watermark_text(at_ms));
  fmt::print("watermark   {}\n", watermark_text(watermark_ms));
  print_moment(**copies, copy);
  return {};
}

void add_shards_option(Command& command, StateOptions& options) {
  command.flag("--all-shards", options.all_shards,
               "Of a job on topics also shards whose state is not kept here: executed from their first epoch, which may take long");
}

std::function<int()> action_of(const std::shared_ptr<StateOptions>& options, Result<void> (*what)(const StateOptions&)) {
  return [options, what] {
    const auto done = what(*options);
    return done ? 0 : report_error(done.error());
  };
}

}  // namespace

void add_state_command(Command& program) {
  auto options = std::make_shared<StateOptions>();
  Command state = program.add_command("state", "What a job remembers; reads alone, also while it runs");
  state.require_command();
  Command listing = state.add_command("ls", "Each fact with its key, window and number of keys, and the lists that rules put values into");
  add_job_options(listing, options->job);
  add_shards_option(listing, *options);
  listing.when_asked_for(action_of(options, list_facts));
  Command entries = state.add_command("entries", "What rules put into lists, since when, until when and why: reckoner state entries JOB mules");
  add_job_options(entries, options->job);
  add_shards_option(entries, *options);
  entries.option("LIST", options->list, "One list; otherwise all that rules put values into");
  entries.when_asked_for(action_of(options, list_entries));
  Command get = state.add_command("get", "The value of a fact for one key: reckoner state get JOB payments A0000012");
  add_job_options(get, options->job);
  add_shards_option(get, *options);
  get.option("FACT", options->fact, "Name or identifier, as `state ls` shows them").required();
  get.option("KEY", options->key, "Of a key of several fields: with commas between").required();
  get.option("--at", options->at, "Where the window ends, such as 2026-01-01T12:00:00Z; otherwise at the latest record that was read");
  get.when_asked_for(action_of(options, get_fact));
}

}  // namespace reckoner
