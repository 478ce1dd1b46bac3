#include "app/kafka_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "app/decoding_report.hpp"
#include "app/kafka_hint.hpp"
#include "app/kafka_marks.hpp"
#include "app/kept_rule_sets.hpp"
#include "app/people_text.hpp"
#include "app/shared_state.hpp"
#include "app/state_identity.hpp"
#include "connectors/kafka_topics.hpp"
#include "connectors/posix_files.hpp"
#include "connectors/system_clock.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr int kIdleMs = 5;
constexpr std::int64_t kPauseMs = 1000;               // after trouble with the brokers
constexpr std::int64_t kSayEveryNs = 60'000'000'000;  // about trouble
constexpr std::int64_t kLookEveryNs = 500'000'000;    // at what other processes have done
constexpr std::int64_t kShapeEveryNs = 30'000'000'000;
constexpr std::int64_t kRowlessNs = 100'000'000;  // until what was decided, but gives out no row, is committed
constexpr std::int64_t kHintEveryNs = 5'000'000'000;
constexpr std::int64_t kShareAtEndNs = 8'000'000'000;  // of the time that a process has to end
constexpr std::int64_t kWatchEveryMs = 1000;
constexpr std::uint32_t kStuckLooks = 30;        // in one round of a shard
constexpr std::uint64_t kCatchUpRecords = 2000;  // read in one turn: there is more, and larger epochs are cheaper

}  // namespace

KafkaRun::KafkaRun() : committer_(std::make_unique<Background>(true, Background::Pace::kPrompt)) {}

KafkaRun::~KafkaRun() {
  if (committing_) settle_commit();
  if (shards_) shards_->clear();
  others_.reset();
  instance_.reset();
}

Result<std::unique_ptr<KafkaRun>> KafkaRun::open(JobFile file, Options options) {
  std::unique_ptr<KafkaRun> run(new KafkaRun);
  run->options_ = std::move(options);
  if (!run->options_.trace.empty()) {
    auto trace = KafkaTrace::open(run->options_.trace);
    if (!trace) return std::unexpected(trace.error());
    run->trace_ = std::move(*trace);
  }
  if (Result<void> prepared = run->prepare(std::move(file)); !prepared) return std::unexpected(prepared.error());
  return run;
}

Result<void> KafkaRun::prepare(JobFile file) {
  std::string resolved;
  auto plan = load_plan(file, &resolved);
  if (!plan) return std::unexpected(plan.error());
  if (const auto checked = check_inputs(file, **plan); !checked) return checked;
  if (const auto checked = check_kafka_job(file, **plan); !checked) return checked;
  if (file.text("slot").empty())
    return fail(ErrorKind::kConfiguration,
                fmt::format("{}: slot is empty, and each process of the job has one of its own; set slot: NAME, or --set slot=NAME", file.file()));
  const auto settings = kafka_settings(file);
  if (!settings) return std::unexpected(settings.error());
  ground_.topics = job_topics(file, **plan);
  ground_.until_end = options_.until_end;
  ground_.files = std::make_shared<PosixFiles>();
  ground_.clock = std::make_shared<SystemClock>();
  ground_.wake = std::make_unique<Wake>();
  const std::string state = file.text("state.dir");
  if (const auto made = ground_.files->make_directories(state); !made) return made;
  auto lock = ground_.files->lock(join_path(state, "lock"));
  if (!lock) return std::unexpected(lock.error());
  lock_ = std::move(*lock);
  auto admin = KafkaClient::make(*settings, KafkaRole::kAdmin);
  if (!admin) return std::unexpected(admin.error());
  const auto counts = check_partitions(**admin, ground_.topics, TopicUse::kRun);
  if (!counts) return std::unexpected(counts.error());
  const StateIdentity identity{(*plan)->rule_set, static_cast<std::uint32_t>(counts->shards), (*plan)->facts_hash};
  if (const auto adopted = adopt_state_identity(*ground_.files, state, identity); !adopted) return adopted;
  if (const auto kept = keep_rule_set(*ground_.files, state, (*plan)->hash, resolved); !kept) return kept;
  if (const auto shared = share_rule_sets(*ground_.files, file); !shared)
    fmt::print(stderr, "warning: the rule set is not shared, and that is tried again: {}\n", shared.error().text);
  log_ = log_place(ground_.topics, **plan, *counts);
  executor_ = std::make_unique<Executor>(static_cast<std::size_t>(file.number("threads")));
  ground_.shards = static_cast<std::uint32_t>(counts->shards);
  if (!options_.until_end) {
    watchdog_ = std::make_unique<ShardWatchdog>(ground_.shards, kStuckLooks, end_stuck_process);
    watchdog_->look_every(kWatchEveryMs);
  }
  shards_ = std::make_unique<KafkaShards>(ground_, executor_->threads() + 1);  // one that takes long holds up no other
  // Rows are keyed as what they tell of, where that is by one field.
  std::vector<std::string> key_fields;
  for (const KeyPlan& key : (*plan)->keys) {
    if (key.by.size() == 1) key_fields.push_back(key.by.front());
  }
  std::vector<std::string> written = ground_.topics.outputs;
  if (!ground_.topics.repartition.empty()) written.push_back(ground_.topics.repartition);
  KafkaInstanceSettings own{*settings,
                            file.text("job"),
                            file.text("slot"),
                            ground_.topics.inputs,
                            std::move(written),
                            std::move(key_fields),
                            log_,
                            static_cast<std::size_t>(OutputId::kDeadLetters),
                            Job::kHandedOnOutput,
                            dead_letter_origin(file, **plan),
                            ground_.topics.inputs.size() + (ground_.topics.repartition.empty() ? 0 : 1)};
  ground_.file = std::move(file);
  ground_.plan = std::move(*plan);
  lists_ = make_list_watch(ground_.file, *ground_.files, *ground_.plan, options_.until_end);
  auto instance = KafkaInstance::join(std::move(own), [this] {
    if (const auto released = release_all(); !released) failure_ = released.error();
  });
  if (!instance) return std::unexpected(instance.error());
  instance_ = std::move(*instance);
  if (const auto checked = check_log_partitions(instance_->log_reader(), log_); !checked) return checked;
  return options_.until_end ? note_ends() : Result<void>{};
}

Result<void> KafkaRun::note_ends() {
  for (std::uint32_t shard = 0; shard < log_.shards; ++shard) {
    ground_.ends.emplace_back();
    for (const std::string& topic : ground_.topics.inputs) {
      const auto range = offset_range(instance_->reader(), topic, static_cast<std::int32_t>(shard));
      if (!range) return std::unexpected(range.error());
      ground_.ends.back().push_back(range->end);
    }
  }
  return {};
}

Result<void> KafkaRun::run(const std::atomic<bool>& stop) {
  const std::int64_t began = ground_.clock->monotonic_ns();
  status_ns_ = said_ns_ = began;
  while (!stop.load()) {
    if (Result<void> turned = pass_over(turn(stop), stop); !turned) return turned;
    say_waiting();
    show_status();
    if (!ground_.until_end) continue;
    const Result<bool> done = everything_is_done();
    if (!done) return std::unexpected(done.error());
    if (*done) break;
  }
  Result<void> finished = finish();
  counts_.elapsed_ns = ground_.clock->monotonic_ns() - began;
  return finished;
}

// Trouble that may pass is told once a minute, and everything is acquired anew.
Result<void> KafkaRun::pass_over(Result<void> result, const std::atomic<bool>& stop) {
  if (result || result.error().retry == Retry::kNever) return result;
  if (stop.load()) {
    drop();
    return {};
  }
  drop_work(result.error().text);
  ground_.clock->sleep_ms(kPauseMs);
  return {};
}

Result<void> KafkaRun::take_failure() {
  if (!failure_) return {};
  Error failure = std::move(*failure_);
  failure_.reset();
  return std::unexpected(std::move(failure));
}

Result<void> KafkaRun::turn(const std::atomic<bool>& stop) {
  if (Result<void> served = instance_->serve(0); !served) return served;
  if (Result<void> unharmed = take_failure(); !unharmed) return unharmed;
  if (Result<void> checked = check_shape(); !checked) return checked;
  if (Result<void> followed = follow_assignment(stop); !followed) return followed;
  if (Result<void> looked = look_at_coming(); !looked) return looked;
  if (Result<void> worked = work(); !worked) return worked;
  if (Result<void> looked = look_at_lists(); !looked) return looked;
  if (committing_ && !committer_->busy()) settle_commit();
  if (!committing_ && epoch_is_due(ground_.clock->monotonic_ns())) {
    if (Result<void> started = start_commit(); !started) return started;
  }
  if (ground_.clock->monotonic_ns() >= next_hint_ns_) send_hint();
  if (read_in_turn_ == 0) ground_.wake->wait(kIdleMs);
  return {};
}

Result<void> KafkaRun::follow_assignment(const std::atomic<bool>& stop) {
  const GroupSnapshot* const assignment = instance_->assignment();
  if (assignment == nullptr || assignment->number == followed_) return {};
  if (!assignment->shards.empty() && assignment->shards.back() >= log_.shards) return refuse_shard(assignment->shards.back());
  if (committing_) settle_commit();
  if (!instance_->has_producers()) {
    const Result<bool> renewed = instance_->renew_producers();
    if (!renewed) return std::unexpected(renewed.error());
    if (!*renewed) {  // the group gives shards out anew: it will say
      ground_.clock->sleep_ms(kIdleMs);
      return {};
    }
  }
  return acquire(stop, *assignment);
}

// The group knows of more partitions than the job was begun with, often before it is time to look.
Result<void> KafkaRun::refuse_shard(std::uint32_t shard) {
  next_shape_ns_ = 0;
  if (Result<void> checked = check_shape(); !checked) return checked;
  return std::unexpected(Error{
      ErrorKind::kExternal, Retry::kLater,
      fmt::format("the group gives out shard {} of a job that has {}, and the brokers do not tell of more partitions yet", shard, log_.shards)});
}

Result<void> KafkaRun::acquire(const std::atomic<bool>& stop, const GroupSnapshot& assignment) {
  const std::uint64_t number = assignment.number;
  std::map<std::uint32_t, std::int64_t> from;
  for (const std::uint32_t shard : assignment.shards) {
    if (shards_->has(shard)) continue;
    const auto offset = needed_log_offset(*ground_.files, ground_.file, shard);
    if (!offset) return std::unexpected(offset.error());
    from[shard] = *offset;
  }
  std::vector<AcquiredShard> acquired;
  const auto end = instance_->acquire(std::move(from), stop, acquired);
  if (!end) return std::unexpected(end.error());
  if (*end == KafkaInstance::AcquireEnd::kDropped) drop_work(instance_->last_error().text);
  if (*end != KafkaInstance::AcquireEnd::kDone) return {};
  const Result<ShardGaps> gaps = gaps_to_pass_over(ground_, instance_->reader(), acquired, options_.accepted);
  if (!gaps) return std::unexpected(gaps.error());
  if (Result<void> same = check_new(acquired); !same) return same;
  for (AcquiredShard& shard : acquired) {
    const auto accepted = gaps->find(shard.shard);
    ++counts_.acquired;
    shards_->take(std::move(shard), accepted == gaps->end() ? std::vector<AcceptedGap>() : accepted->second, instance_->reader());
  }
  note_gaps(*gaps);
  if (!instance_->has_producers()) return {};
  shards_->forget_kept();
  followed_ = number;
  return {};
}

// Whether the topics are those that the state directory knows, once for each shard.
Result<void> KafkaRun::check_new(const std::vector<AcquiredShard>& acquired) {
  std::vector<std::uint32_t> unchecked;
  for (const AcquiredShard& shard : acquired) {
    if (!checked_.contains(shard.shard)) unchecked.push_back(shard.shard);
  }
  if (Result<void> same = check_marks(ground_, instance_->reader(), unchecked); !same) return same;
  checked_.insert(unchecked.begin(), unchecked.end());
  return {};
}

Result<void> KafkaRun::look_at_coming() {
  const auto back = shards_->look();
  if (!back) return std::unexpected(back.error());
  for (const KafkaShard* const shard : *back) {
    for (const std::string& warning : shard->warnings) fmt::print(stderr, "warning: shard {}: {}\n", shard->number, warning);
    counts_.replayed_records += shard->replayed_records;
  }
  return {};
}

// Before anything behind them is read.
void KafkaRun::note_gaps(const ShardGaps& gaps) {
  if (gaps.empty()) return;
  for (const auto& [number, accepted] : gaps) batch_.push_back(shards_->log(number).gap_section(accepted));
  commit_batch();
  settle_commit();
  if (!instance_->has_producers()) return;  // not committed: all is acquired anew
  for (const auto& [number, accepted] : gaps) {
    const EpochId id = shards_->log(number).last_id();
    for (const AcceptedGap& gap : accepted) fmt::print(stderr, "{}\n", gap_line({id, ground_.file.text("slot"), gap}));
  }
}

// Keys lie in other partitions when their number changes, which nobody says to who reads: it is looked at now and then.
Result<void> KafkaRun::check_shape() {
  const std::int64_t now = ground_.clock->monotonic_ns();
  if (now < next_shape_ns_) return {};
  next_shape_ns_ = now + kShapeEveryNs;
  std::vector<std::string> topics = ground_.topics.inputs;
  topics.insert(topics.end(), ground_.topics.outputs.begin(), ground_.topics.outputs.end());
  if (!ground_.topics.repartition.empty()) topics.push_back(ground_.topics.repartition);
  const auto counts = partition_counts(instance_->log_reader(), topics);
  if (!counts) return counts.error().retry == Retry::kNever ? std::unexpected(counts.error()) : Result<void>{};
  std::vector<std::string> problems;
  for (const auto& [topic, count] : *counts) {
    if (count == static_cast<std::int32_t>(log_.shards)) continue;
    problems.push_back(fmt::format(
        "topic {} has {} partitions now, and the job began with {}: keys lie in other partitions than their state. Make the topic anew with {}, "
        "or start a new job with another name, state.dir and outputs",
        topic, count, log_.shards, log_.shards));
  }
  if (problems.empty()) return {};
  return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(problems, "\n")));
}

// One round of each shard that has room in its epoch.
Result<void> KafkaRun::work() {
  std::vector<KafkaShard*> shards;
  for (const auto& [number, shard] : shards_->live()) {
    if (shard->job().epoch_has_room()) shards.push_back(shard.get());
  }
  std::vector<Result<bool>> results(shards.size(), false);
  std::vector<std::uint64_t> records(shards.size());
  std::vector<std::uint64_t> handed_on(shards.size());
  executor_->run(shards.size(), [&](std::size_t i, std::size_t) {
    const JobReport& report = shards[i]->job().report();
    const std::uint64_t before = report.records;
    const std::uint64_t handed_on_before = report.handed_on;
    if (watchdog_) watchdog_->begin(shards[i]->number);
    results[i] = shards[i]->job().advance();
    if (watchdog_) watchdog_->end(shards[i]->number);
    records[i] = report.records - before;
    handed_on[i] = report.handed_on - handed_on_before;
  });
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (results[i]) continue;
    return std::unexpected(of_shard(shards[i]->number, results[i].error()));
  }
  if (trace_) trace_reads(shards, records);
  const std::uint64_t read = std::accumulate(records.begin(), records.end(), std::uint64_t{0});
  counts_.records += read;
  read_in_turn_ = std::accumulate(handed_on.begin(), handed_on.end(), read);
  return {};
}

void KafkaRun::trace_reads(const std::vector<KafkaShard*>& shards, const std::vector<std::uint64_t>& records) {
  const std::int64_t now = ground_.clock->monotonic_ns();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (records[i] == 0) continue;
    for (const PartitionProgress& progress : shards[i]->job().reader().progress()) trace_->note_read(now, progress.id, progress.next.record);
  }
}

// As soon as the input is drained, if there are rows: who waits for these would also wait for a transaction that holds none. While there is a lot to catch
// up on, now and then.
bool KafkaRun::epoch_is_due(std::int64_t now_ns) const {
  if (change_ && !shards_->is_restoring()) return true;
  const KafkaShards::Live& live = shards_->live();
  const auto is_open = [](const auto& shard) { return shard.second->job().epoch_is_open(); };
  if (std::none_of(live.begin(), live.end(), is_open)) return false;
  const std::int64_t lasted_ns = now_ns - epoch_began_ns_;
  const std::int64_t time_max_ns = ground_.file.number("epoch.time") * kNanosecondsPerMillisecond;
  if (lasted_ns >= time_max_ns) return true;
  if (read_in_turn_ < kCatchUpRecords) {
    const auto has_rows = [](const auto& shard) { return shard.second->job().epoch_has_rows(); };
    if (ground_.until_end || lasted_ns >= kRowlessNs || std::any_of(live.begin(), live.end(), has_rows)) return true;
  }
  return std::any_of(live.begin(), live.end(), [](const auto& shard) { return !shard.second->job().epoch_has_room(); });
}

Result<void> KafkaRun::stage_open_epochs() {
  for (const auto& [number, shard] : shards_->live()) {
    if (!shard->job().epoch_is_open()) continue;
    if (Result<void> ended = shard->job().end_epoch_here(); !ended) return ended;
    std::optional<OutgoingSection> staged = shard->log->take_staged();
    if (!staged) continue;
    if (shard->job().input_is_over()) staged->section.ended_at = ground_.ends[number];
    batch_.push_back(std::move(*staged));
  }
  return {};
}

void KafkaRun::commit_batch() {
  committing_ = true;
  committer_->start([this, staged = ground_.clock->monotonic_ns()]() -> Result<void> {
    batch_end_ = instance_->commit(batch_);
    commit_times_.note(ground_.clock->monotonic_ns() - staged);
    if (trace_ && batch_end_ == TransactionEnd::kCommitted) trace_->note_commit(staged, instance_->last_commit().times);
    ground_.wake->notify();
    return {};
  });
}

Result<void> KafkaRun::look_at_lists() {
  if (!lists_ || change_) return {};
  Result<std::optional<RuleSetChange>> found = lists_->look(ground_.clock->monotonic_ns());
  if (!found) return std::unexpected(found.error());
  change_ = std::move(*found);
  return {};
}

// For all shards of this process, between two epochs of each; none is being restored by what is about to change.
void KafkaRun::take(const RuleSetChange& change) {
  for (const auto& [number, shard] : shards_->live()) shard->job().decide_by(change.plan_hash);
  for (const auto& [number, kept] : shards_->kept()) kept->job().decide_by(change.plan_hash);
  change.take();
}

Result<void> KafkaRun::start_commit() {
  if (Result<void> staged = stage_open_epochs(); !staged) return staged;
  if (change_ && !shards_->is_restoring()) {
    take(*change_);
    change_.reset();
  }
  epoch_began_ns_ = ground_.clock->monotonic_ns();
  if (!batch_.empty()) commit_batch();
  return {};
}

// Waits for the transaction at hand.
void KafkaRun::settle_commit() {
  committer_->wait();
  committing_ = false;
  std::vector<OutgoingSection> batch = std::exchange(batch_, {});
  if (batch_end_ != TransactionEnd::kCommitted) {
    if (!instance_->lasts()) return drop_work(instance_->last_error().text);
    failure_ = instance_->last_error();
    return drop();
  }
  ++counts_.transactions;
  counts_.log.add(instance_->last_commit());
  for (OutgoingSection& sent : batch) {
    counts_.epochs += sent.section.kind == SectionKind::kEpoch ? 1 : 0;
    shards_->log(sent.section.shard).settle(std::move(sent));
  }
}

void KafkaRun::show_status() {
  if (options_.status_every_ms == 0) return;
  const std::int64_t now = ground_.clock->monotonic_ns();
  if (now - status_ns_ < options_.status_every_ms * kNanosecondsPerMillisecond) return;
  KafkaStatus status;
  status.shards = shards_->live().size();
  status.coming = shards_->coming();
  status.epochs_left = shards_->epochs_left();
  for (const auto& [number, shard] : shards_->live()) {
    const Reader& reader = shard->job().reader();
    for (const PartitionProgress& progress : reader.progress()) {
      if (!reader.is_handed_on(progress.id.input))
        status.lag += shard->source->lag(progress.id.input, static_cast<std::int64_t>(progress.next.record));
    }
    const std::int64_t time = reader.highest_event_time();
    if (time != kNoWatermark) status.event_time_ms = std::min(status.event_time_ms.value_or(time), time);
  }
  const double seconds = static_cast<double>(now - status_ns_) / 1e9;
  status.records_per_second = static_cast<double>(counts_.records - at_status_.records) / seconds;
  status.epochs_per_second = static_cast<double>(counts_.transactions - at_status_.transactions) / seconds;
  status.commit_p99_ns = commit_times_.take_p99();
  fmt::print(stderr, "{}\n", status_text(status));
  status_ns_ = now;
  at_status_ = counts_;
}

// What is uncommitted goes; both producers are renewed, and every shard is acquired anew, with a takeover.
void KafkaRun::drop_work(const std::string& why) {
  const std::int64_t now = ground_.clock->monotonic_ns();
  if (dropped_ns_ == 0 || now - dropped_ns_ >= kSayEveryNs) {
    fmt::print(stderr, "uncommitted work is dropped and the shards are acquired anew: {}\n", why);
    dropped_ns_ = said_ns_ = now;
  }
  drop();
}

// A process that has to have shards and has none says so once a minute, since nothing else may.
void KafkaRun::say_waiting() {
  const GroupSnapshot* const assignment = instance_->assignment();
  const std::int64_t now = ground_.clock->monotonic_ns();
  const bool has_all = assignment != nullptr && assignment->number == followed_;
  if (has_all && shards_->coming() == 0) said_ns_ = now;
  if (now - said_ns_ < kSayEveryNs) return;
  said_ns_ = now;
  if (has_all) {
    fmt::print(stderr, "{} shards are coming back, with {} epochs to execute again\n", shards_->coming(), with_commas(shards_->epochs_left()));
    return;
  }
  fmt::print(stderr, "still waiting for {}; the brokers may be away, or have no room\n",
             assignment == nullptr ? "the group to give out shards" : "shards that the group gave out");
}

void KafkaRun::drop() {
  if (committing_) {
    committer_->wait();
    committing_ = false;
  }
  ++counts_.dropped;
  batch_.clear();
  shards_->drop();
  instance_->drop_producers();
  followed_ = 0;
}

// Also when shards are released, since the next to have them may not be there yet.
void KafkaRun::send_hint() {
  next_hint_ns_ = ground_.clock->monotonic_ns() + kHintEveryNs;
  instance_->hint().send(committed_offsets(ground_.topics, shards_->live()));
}

// The group waits for this before it gives the shards to others.
Result<void> KafkaRun::release_all() {
  if (committing_) settle_commit();
  if (shards_->is_empty()) return {};
  if (Result<void> staged = stage_open_epochs(); !staged) return staged;
  if (!batch_.empty()) {
    commit_batch();
    settle_commit();
  }
  for (const std::uint32_t shard : shards_->numbers()) batch_.push_back(shards_->log(shard).release_section());
  if (batch_.empty()) return {};
  commit_batch();
  settle_commit();
  send_hint();
  if (instance_->has_producers()) shards_->keep();
  followed_ = 0;
  return {};
}

Result<void> KafkaRun::finish() {
  const std::size_t had = shards_->numbers().size();
  if (Result<void> released = release_all(); !released) return released;
  if (Result<void> unharmed = take_failure(); !unharmed) return unharmed;
  instance_->hint().settle();
  // Without others the shards wait for the slot's next process, and with the end of the input nobody needs them.
  if (!options_.until_end && had < log_.shards && ground_.file.flag("kafka.hand_over")) instance_->leave();
  for (const auto& [number, kept] : shards_->kept()) {
    if (Result<void> copied = kept->job().checkpoint(); !copied) return copied;
  }
  // Nothing is lost without these: who comes next has the longer to replay.
  const std::int64_t until = ground_.clock->monotonic_ns() + kShareAtEndNs;
  for (const auto& [number, kept] : shards_->kept()) {
    if (kept->sharing != nullptr) kept->sharing->finish(until);
  }
  return {};
}

void KafkaRun::print_decoding() const {
  for (const auto& [number, kept] : shards_->kept()) reckoner::print_decoding(*ground_.plan, kept->job().reader(), fmt::format("shard {}: ", number));
}

// With until_end: own shards by what they say, those of others by their last sections.
Result<bool> KafkaRun::everything_is_done() {
  const GroupSnapshot* const assignment = instance_->assignment();
  if (assignment == nullptr || assignment->number != followed_ || committing_ || shards_->coming() > 0) return false;
  const KafkaShards::Live& live = shards_->live();
  for (const auto& [number, shard] : live) {
    if (!shard->job().input_is_over() || shard->job().epoch_is_open()) return false;
  }
  if (live.size() == log_.shards) return true;
  const std::int64_t now = ground_.clock->monotonic_ns();
  if (now < next_look_ns_) return false;
  next_look_ns_ = now + kLookEveryNs;
  if (!others_) {
    std::map<std::uint32_t, std::int64_t> from;
    for (std::uint32_t shard = 0; shard < log_.shards; ++shard) from[shard] = 0;
    others_ = std::make_unique<KafkaLogScan>(instance_->log_reader(), log_, from, false);
  }
  if (Result<void> read = others_->advance(); !read) return std::unexpected(read.error());
  for (std::uint32_t shard = 0; shard < log_.shards; ++shard) {
    if (live.contains(shard)) continue;
    const std::vector<std::int64_t>& ended = others_->history(shard).ended_at();
    const std::vector<std::int64_t>& ends = ground_.ends[shard];
    if (ended.size() != ends.size() || !std::equal(ended.begin(), ended.end(), ends.begin(), std::greater_equal<>())) return false;
  }
  return true;
}

}  // namespace reckoner
