#include "app/list_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/kept_rule_sets.hpp"
#include "engine/check.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

bool has_list_files(const Plan& plan) {
  return std::any_of(plan.lists.begin(), plan.lists.end(), [](const PlannedList& list) { return !list.file.empty(); });
}

}  // namespace

ListWatch::ListWatch(const JobFile& file, Files& files, Plan& plan, std::function<void(const std::string&)> say)
    : folder_(file.text("ruleset")),
      environment_(file.text("environment")),
      state_directory_(file.text("state.dir")),
      files_(files),
      plan_(plan),
      say_(std::move(say)),
      every_ns_(file.number("lists.look_every") * kNanosecondsPerMillisecond),
      background_(file.flag("engine.background"), Background::Pace::kUnhurried) {
  for (const PlannedList& list : plan_.lists) {
    if (!list.file.empty()) paths_.push_back(join_path(folder_, list.file));
  }
}

Result<std::optional<RuleSetChange>> ListWatch::look(std::int64_t now_ns) {
  if (loaded_ && !background_.busy()) {
    background_.wait();
    return change();
  }
  if (loaded_ || now_ns < next_ns_) return std::nullopt;
  next_ns_ = now_ns + every_ns_;
  const FileStamps now = stamps_of(paths_);
  const bool stayed = std::exchange(seen_, now) == now;
  if (!stayed || now == taken_) return std::nullopt;
  taken_ = now;
  loaded_ = std::make_unique<LoadResult>();
  background_.start([this]() -> Result<void> {
    *loaded_ = load_rule_set(folder_, environment_);
    return {};
  });
  return std::nullopt;
}

// What was read, where it is in order, is kept for replays, and differs in entries of lists alone.
Result<std::optional<RuleSetChange>> ListWatch::change() {
  const std::unique_ptr<LoadResult> loaded = std::move(loaded_);
  LoadResult& rule_set = *loaded;
  if (!rule_set.plan) {
    say_(fmt::format("lists: a file was changed, and the rule set is not in order with it; the job goes on with the entries that it has: {}",
                     join_path(folder_, to_text(rule_set.diagnostics.front()))));
    return std::nullopt;
  }
  if (rule_set.plan->hash == plan_.hash) return std::nullopt;
  if (rule_set.plan->hash_beside_lists != plan_.hash_beside_lists || rule_set.plan->facts_hash != plan_.facts_hash) {
    say_("lists: a file was changed, and the rule set with it; both take effect when the job is started again");
    return std::nullopt;
  }
  if (const Result<void> kept = keep_rule_set(files_, state_directory_, rule_set.plan->hash, rule_set.resolved); !kept)
    return std::unexpected(kept.error());
  const auto fresh = std::make_shared<Plan>(std::move(*rule_set.plan));
  return RuleSetChange{fresh->hash, [this, fresh] { take(*fresh); }};
}

void ListWatch::take(const Plan& fresh) {
  RECKONER_CHECK(fresh.lists.size() == plan_.lists.size(), "{} lists in the place of {}", fresh.lists.size(), plan_.lists.size());
  for (std::size_t i = 0; i < plan_.lists.size(); ++i) {
    ValueList& list = *plan_.lists[i].list;
    const std::size_t before = list.entries().size();
    const bool is_new = list.entries() != fresh.lists[i].list->entries();
    list.take_entries_of(std::move(*fresh.lists[i].list));
    if (is_new)
      say_(fmt::format("list '{}': {} entries in the place of {}, in force from the next epoch on", list.name(), list.entries().size(), before));
  }
  plan_.hash = fresh.hash;
}

std::unique_ptr<ListWatch> make_list_watch(const JobFile& file, Files& files, Plan& plan, bool until_end) {
  if (until_end || file.number("lists.look_every") == 0 || !has_list_files(plan)) return nullptr;
  return std::make_unique<ListWatch>(file, files, plan, [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
}

}  // namespace reckoner
