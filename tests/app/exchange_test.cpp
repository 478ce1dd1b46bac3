// Several jobs, a shard each, that meet in topics alone, as on Kafka: what one reads and another owns is handed on in the epoch's own commit, and
// every total is what the records say, whoever was killed when. All of it in memory, by one thread, from a seed.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "app/job_wiring.hpp"
#include "connectors/json_decoder.hpp"
#include "engine/check.hpp"
#include "engine/handed_queues.hpp"
#include "engine/key.hpp"
#include "engine/memory_checkpoints.hpp"
#include "engine/topic_block.hpp"
#include "operators/handing_on.hpp"
#include "rules/load.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/scratch_directory.hpp"

namespace reckoner::testing {

namespace {

constexpr InputId kHandedOn = 1;  // behind the one input that is read
constexpr std::int64_t kMinuteMs = 60'000;

constexpr std::string_view kRuleSet = R"(ruleset: shops
version: 1
description: what each shop takes
owner: tests
inputs:
  payments:
    time: at
    out_of_orderness: 2s
    key: account_id
    id: payment_id
    filter: "amount > 1"
    fields:
      payment_id: {type: string, required: true}
      at: {type: time, format: ms, required: true}
      account_id: {type: string, required: true}
      shop_id: {type: string}
      amount: {type: integer, required: true}
totals:
  shop_1m: {description: d, on: payments, by: shop_id, window: 1m, allowed_lateness: 24h, measures: {count: {count: true}, sum: {sum: amount}}}
  account_1m: {description: d, on: payments, by: account_id, window: 1m, allowed_lateness: 24h, measures: {count: {count: true}, sum: {sum: amount}}}
)";
constexpr std::string_view kJob = R"(job: shops
ruleset: .
kafka: {brokers: "nowhere:1"}
slot: a
inputs: {payments: {topic: payments, format: jsonl}}
outputs: {prefix: shops.}
state: {dir: state}
)";

// Looks at a shop's payments in the order in which they come.
constexpr std::string_view kRule = R"(id: BUSY-01
title: a busy shop
severity: low
on: payments
by: shop_id
facts:
  taken: {count: true, within: 20s}
  since: {since_previous: true}
fire: taken >= 3 and since < 5s
say: "{taken} payments"
)";

// The topics: committed records alone.
struct Topics {
  std::vector<std::vector<std::string>> payments;     // [shard]
  std::vector<std::vector<std::string>> repartition;  // [shard]
  std::vector<std::string> totals;                    // rows
  std::vector<std::string> alerts;
};

class TopicSource final : public Source {
 public:
  TopicSource(const Topics& topics, std::uint32_t shard, bool until_end)
      : topics_(topics), shard_(shard), until_end_(until_end), queues_({0}, kHandedOn, static_cast<std::uint32_t>(topics.payments.size())) {}

  [[nodiscard]] Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>& known) override {
    if (!known.empty()) return std::vector<PartitionInfo>();
    std::vector<PartitionInfo> found = {{{0, shard_}, "payments", 1, 0, false}};
    for (std::uint32_t shard = 0; shard < topics_.payments.size(); ++shard) found.push_back({{kHandedOn, shard}, "repartition", 2, 0, false});
    return found;
  }
  void resume(const std::vector<std::pair<PartitionId, Position>>& next) override {
    for (const auto& [partition, position] : next) {
      if (queues_.has(partition)) queues_.resume(partition, position);
    }
    fed_ = queues_.resume_from();
  }
  [[nodiscard]] Result<bool> look_ahead() override {
    is_live_ = true;
    while (feed_one()) {
    }
    return true;
  }
  [[nodiscard]] std::optional<std::int64_t> told_watermark(PartitionId partition) const override {
    return queues_.is_empty(partition) ? std::optional(queues_.told_watermark(partition)) : std::nullopt;
  }
  [[nodiscard]] Result<bool> has_ended(PartitionId partition) override {
    if (!until_end_ || !queues_.has(partition)) return until_end_;
    return queues_.told_next(partition) >= topics_.payments[partition.partition].size();
  }
  [[nodiscard]] Result<bool> read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) override {
    if (!queues_.has(partition)) return read_own(partition, from, bytes, block);
    while (!is_live_ && queues_.is_empty(partition) && feed_one()) {  // what is executed again is there
    }
    return queues_.take(partition, bytes, block);
  }

 private:
  bool feed_one() {
    const std::vector<std::string>& records = topics_.repartition[shard_];
    if (fed_ == records.size()) return false;
    RECKONER_CHECK(queues_.feed(fed_, records[fed_]).has_value(), "offset {}", fed_);
    ++fed_;
    return true;
  }

  bool read_own(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) const {
    const std::vector<std::string>& records = topics_.payments[shard_];
    if (from.record >= records.size()) return false;
    block.partition = partition;
    block.first = from;
    std::uint64_t next = from.record;
    for (; next < records.size() && block.text_bytes < bytes; ++next) append_topic_record(block, std::nullopt, records[next], 0);
    end_topic_block(block);
    block.next_byte = from.byte + block.text_bytes;
    block.next_record = next;
    return true;
  }

  const Topics& topics_;
  std::uint32_t shard_;
  bool until_end_;
  HandedQueues queues_;
  std::uint64_t fed_ = 0;
  bool is_live_ = false;
};

class TopicLog final : public CommitLog {
 public:
  explicit TopicLog(Topics& topics) : topics_(topics), open_(Job::kHandedOnOutput + 1) {}

  [[nodiscard]] Result<std::optional<DecisionRecord>> recover() override {
    for (std::string& rows : open_) rows.clear();
    return records_.empty() ? std::nullopt : std::optional(records_.back());
  }
  [[nodiscard]] Result<void> read(EpochId after, const Visitor& visitor) override {
    for (const DecisionRecord& record : records_) {
      if (record.id <= after) continue;
      if (Result<void> visited = visitor(record); !visited) return visited;
    }
    return {};
  }
  [[nodiscard]] Result<bool> holds(const DecisionRecord& record) override {
    return std::find(records_.begin(), records_.end(), record) != records_.end();
  }
  [[nodiscard]] Result<void> append_output(std::uint32_t, std::uint16_t output, std::span<const char> rows) override {
    open_[output].append(rows.begin(), rows.end());
    return {};
  }
  [[nodiscard]] Result<void> commit(const DecisionRecord& record) override {
    std::string_view handed_on = open_[Job::kHandedOnOutput];
    while (!handed_on.empty()) {
      const AddressedRecord taken = take_addressed(handed_on);
      topics_.repartition[taken.shard].emplace_back(taken.record);
    }
    take_lines(open_[static_cast<std::size_t>(OutputId::kTotals)], topics_.totals);
    take_lines(open_[static_cast<std::size_t>(OutputId::kAlerts)], topics_.alerts);
    for (std::string& rows : open_) rows.clear();
    // As it is stored.
    const std::string bytes = encode(record);
    records_.push_back(*decode_decision_record(bytes));
    return {};
  }
  [[nodiscard]] Result<void> forget_before(EpochId) override { return {}; }

 private:
  static void take_lines(std::string_view text, std::vector<std::string>& lines) {
    for (; !text.empty(); text.remove_prefix(text.find('\n') + 1)) lines.emplace_back(text.substr(0, text.find('\n')));
  }

  Topics& topics_;
  std::vector<std::string> open_;
  std::vector<DecisionRecord> records_;
};

// What outlives a process.
struct Instance {
  explicit Instance(Topics& topics) : log(topics) {}
  TopicLog log;
  MemoryCheckpoints checkpoints;
  std::unique_ptr<TopicSource> source;
  BuiltJob built;
};

class World {
 public:
  // With `ordered` the rule is decided in order of event time, and no two payments have the same.
  World(std::uint32_t shards, unsigned seed, bool ordered = false) : chance_(seed), ordered_(ordered) {
    const std::string folder = directory_.path().string();
    std::filesystem::create_directory(folder + "/rules");
    std::ofstream(folder + "/ruleset.yaml") << kRuleSet;
    std::ofstream(folder + "/rules/busy.yaml") << kRule << (ordered ? "evaluation: ordered\n" : "");
    std::ofstream(folder + "/job.yaml") << kJob;
    file_ = std::make_unique<JobFile>(*JobFile::load(folder + "/job.yaml", {"exchange.tell_every=100ms", "engine.block=4KiB"}, {}));
    auto plan = load_plan(*file_);
    if (!plan) FAIL(plan.error().text);
    plan_ = std::move(*plan);
    decoder_ = *JsonDecoder::make(plan_->inputs[0].schema);
    topics_.payments.resize(shards);
    topics_.repartition.resize(shards);
    for (std::uint32_t shard = 0; shard < shards; ++shard) instances_.push_back(std::make_unique<Instance>(topics_));
  }

  [[nodiscard]] bool exchanges() const { return !handed_on_inputs(*plan_).empty(); }

  void restart(std::uint32_t shard) {
    kill(shard);
    open(shard, false);
  }
  void idle_after(std::int64_t milliseconds) { idle_after_ms_ = milliseconds; }

  void live(int steps) {
    for (std::uint32_t shard = 0; shard < instances_.size(); ++shard) open(shard, false);
    for (int step = 0; step < steps; ++step) {
      clock_.advance_ms(static_cast<std::int64_t>(random(20)));
      for (std::uint64_t record = random(20); record > 0; --record) pay();
      const auto shard = static_cast<std::uint32_t>(random(instances_.size()));
      if (random(40) == 0) kill(shard);
      if (instances_[shard]->built.job == nullptr) open(shard, false);
      REQUIRE(instances_[shard]->built.job->advance().has_value());
      if (random(2) == 0) REQUIRE(instances_[shard]->built.job->end_epoch_here().has_value());
    }
  }

  // All of it at once, in order of time.
  void fill(int payments) {
    disorder_ms_ = 1;
    for (int payment = 0; payment < payments; ++payment) {
      ++now_ms_;
      pay();
    }
  }

  // Nothing comes for so long, in which each process looks now and then.
  void be_silent(std::int64_t milliseconds) {
    constexpr int kLooks = 200;
    for (int look = 0; look < kLooks; ++look) {
      clock_.advance_ms(milliseconds / kLooks);
      for (const auto& instance : instances_) {
        REQUIRE(instance->built.job->advance().has_value());
        REQUIRE(instance->built.job->end_epoch_here().has_value());
      }
    }
  }

  // Each process anew, until all of them have read all there is.
  void finish() {
    for (std::uint32_t shard = 0; shard < instances_.size(); ++shard) {
      kill(shard);
      open(shard, true);
    }
    const auto is_over = [](const auto& instance) { return instance->built.job->input_is_over() && !instance->built.job->epoch_is_open(); };
    for (int turn = 0; !std::all_of(instances_.begin(), instances_.end(), is_over); ++turn) {
      REQUIRE(turn < 10'000);
      clock_.advance_ms(1);
      for (const auto& instance : instances_) {
        if (random(3) == 0) continue;  // some are slower
        const auto advanced = instance->built.job->advance();
        if (!advanced) FAIL(advanced.error().text);
        REQUIRE(instance->built.job->end_epoch_here().has_value());
      }
    }
  }

  using Totals = std::map<std::pair<std::string, std::int64_t>, std::pair<std::int64_t, std::int64_t>>;
  // The payments that set alerts off.
  [[nodiscard]] std::set<std::string> alerts() const {
    std::set<std::string> alerts;
    for (const std::string& row : topics_.alerts) {
      INFO(row);
      CHECK(alerts.insert(text(row, "payment_id")).second);
    }
    return alerts;
  }
  [[nodiscard]] const Totals& expected() const { return expected_; }
  // Those that do when all payments are looked at in order of their times.
  [[nodiscard]] std::set<std::string> expected_alerts() const {
    std::set<std::string> alerts;
    for (const auto& [shop, payments] : payments_of_) {
      for (auto payment = payments.begin(); payment != payments.end(); ++payment) {
        const auto first = payments.upper_bound(payment->first - 20'000);
        if (std::distance(first, payment) + 1 >= 3 && payment->first - std::prev(payment)->first < 5'000) alerts.insert(payment->second);
      }
    }
    return alerts;
  }
  [[nodiscard]] Totals found() const {
    Totals totals;
    for (const std::string& row : topics_.totals) {
      const std::string key = text(row, row.find("\"shop_id\"") != std::string::npos ? "shop_id" : "account_id");
      const bool fresh = totals.emplace(std::pair(key, number(row, "window_start")), std::pair(number(row, "count"), number(row, "sum"))).second;
      INFO(row);
      CHECK(fresh);
    }
    return totals;
  }

 private:
  [[nodiscard]] std::uint64_t random(std::uint64_t below) { return chance_() % below; }

  static std::string text(const std::string& row, const std::string& name) {
    const std::size_t begin = row.find("\"" + name + "\":\"") + name.size() + 4;
    return row.substr(begin, row.find('"', begin) - begin);
  }
  static std::int64_t number(const std::string& row, const std::string& name) {
    return std::atoll(row.c_str() + row.find("\"" + name + "\":") + name.size() + 3);
  }

  void pay() {
    now_ms_ += static_cast<std::int64_t>(random(40));
    std::int64_t at = now_ms_ - static_cast<std::int64_t>(random(disorder_ms_));
    while (ordered_ && !times_.insert(at).second) ++at;
    const std::string account = fmt::format("A{}", random(20));
    const std::string shop = random(10) == 0 ? "" : fmt::format("S{}", random(7));
    const auto amount = static_cast<std::int64_t>(random(50));
    const std::string has_shop = shop.empty() ? "" : fmt::format(R"("shop_id":"{}",)", shop);
    topics_.payments[shard_of(hash_key(account), static_cast<std::uint32_t>(instances_.size()))].push_back(
        fmt::format(R"({{"payment_id":"P{}","at":{},"account_id":"{}",{}"amount":{}}})", payments_++, at, account, has_shop, amount));
    if (amount <= 1) return;
    if (!shop.empty()) payments_of_[shop].emplace(at, fmt::format("P{}", payments_ - 1));
    for (const std::string& key : {account, shop}) {
      if (key.empty()) continue;
      auto& [count, sum] = expected_[{key, at / kMinuteMs * kMinuteMs}];
      ++count;
      sum += amount;
    }
  }

  void kill(std::uint32_t shard) {
    instances_[shard]->built = {};
    if (random(3) == 0) instances_[shard]->checkpoints.forget_newest();
    if (random(5) == 0) instances_[shard]->checkpoints.forget_all();
  }

  void open(std::uint32_t shard, bool until_end) {
    Instance& instance = *instances_[shard];
    instance.built = {};
    instance.source = std::make_unique<TopicSource>(topics_, shard, until_end);
    JobSettings settings = job_settings(*file_, *plan_, until_end);
    settings.background = false;
    settings.checkpoint_every_ms = 200;
    settings.discover_every_ms = 0;
    settings.idle_after_ms = idle_after_ms_;
    settings.max_skew_ms = 1'000'000'000'000;
    const JobPorts ports{*instance.source, instance.log, instance.checkpoints, clock_};
    instance.built = build_job(*file_, *plan_, {decoder_}, ports, settings, 1, 1, ShardOfMany{shard, static_cast<std::uint32_t>(instances_.size())});
    const auto recovered = instance.built.job->recover();
    if (!recovered) FAIL(recovered.error().text);
  }

  ScratchDirectory directory_;
  std::mt19937_64 chance_;
  bool ordered_;
  FakeClock clock_;
  std::unique_ptr<JobFile> file_;
  std::unique_ptr<Plan> plan_;
  std::shared_ptr<const Decoder> decoder_;
  Topics topics_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::int64_t now_ms_ = 1'000'000;
  std::uint64_t disorder_ms_ = 2000;
  std::uint64_t payments_ = 0;
  std::set<std::int64_t> times_;
  std::map<std::string, std::map<std::int64_t, std::string>> payments_of_;  // by shop and time
  std::int64_t idle_after_ms_ = 1'000'000'000'000;
  Totals expected_;
};

std::string differences(const World::Totals& found, const World::Totals& expected) {
  std::string text;
  for (const auto& [key, total] : expected) {
    const auto other = found.find(key);
    if (other == found.end())
      text += fmt::format("{} at {}: {} records are missing\n", key.first, key.second, total.first);
    else if (other->second != total)
      text += fmt::format("{} at {}: {} of {} records\n", key.first, key.second, other->second.first, total.first);
  }
  if (found.size() > expected.size()) text += fmt::format("{} totals, {} expected\n", found.size(), expected.size());
  return text;
}

}  // namespace

TEST_CASE("totals by another key than the topics' are right at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      INFO(shards << " shards, seed " << seed);
      World world(shards, seed);
      REQUIRE(world.exchanges());
      world.live(400);
      world.finish();
      CHECK(differences(world.found(), world.expected()) == "");
    }
  }
}

TEST_CASE("with an end of input, what depends on the order of records is the same at any number of shards") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    INFO("seed " << seed);
    std::set<std::string> expected;
    for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
      INFO(shards << " shards");
      World world(shards, seed);
      world.fill(4000);
      world.finish();
      if (shards == 1) expected = world.alerts();
      CHECK(expected.size() > 100);
      std::vector<std::string> other;
      const std::set<std::string> found = world.alerts();
      std::set_symmetric_difference(found.begin(), found.end(), expected.begin(), expected.end(), std::back_inserter(other));
      CHECK(fmt::format("{}", fmt::join(other, " ")) == "");
    }
  }
}

TEST_CASE("what is decided in order of event time is the same at any number of shards, whoever was killed when") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 5U}) {
    for (unsigned seed = 21; seed <= 24; ++seed) {
      INFO(shards << " shards, seed " << seed);
      World world(shards, seed, true);
      world.live(400);
      world.finish();
      const std::set<std::string> expected = world.expected_alerts();
      const std::set<std::string> found = world.alerts();
      CHECK(expected.size() > 100);
      std::vector<std::string> other;
      std::set_symmetric_difference(found.begin(), found.end(), expected.begin(), expected.end(), std::back_inserter(other));
      CHECK(fmt::format("{}", fmt::join(other, " ")) == "");
      CHECK(differences(world.found(), world.expected()) == "");
    }
  }
}

TEST_CASE("where all shards are silent, windows by another key close as the clock goes on") {
  for (const std::uint32_t shards : {1U, 3U}) {
    INFO(shards << " shards");
    World world(shards, 11);
    world.idle_after(60'000);
    world.live(200);
    for (std::uint32_t shard = 0; shard < shards; ++shard) world.restart(shard);
    world.be_silent(30 * 60 * kMinuteMs);  // the day that windows wait for what is late, and more
    CHECK(differences(world.found(), world.expected()) == "");
  }
}

TEST_CASE("a job on topics goes on behind the end of its input") {
  World world(3, 7);
  world.live(100);
  world.finish();
  CHECK(differences(world.found(), world.expected()) == "");
  const std::size_t before = world.found().size();
  world.finish();  // nothing new
  CHECK(world.found().size() == before);
}

}  // namespace reckoner::testing
