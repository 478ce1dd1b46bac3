#include "topic_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "connectors/json_decoder.hpp"
#include "engine/check.hpp"
#include "engine/decision_stream.hpp"
#include "engine/handed_queues.hpp"
#include "engine/key.hpp"
#include "engine/memory_checkpoints.hpp"
#include "engine/topic_block.hpp"
#include "operators/handing_on.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

namespace {

constexpr std::size_t kPayments = 0, kLogins = 1;
constexpr InputId kHandedOn = 2;  // behind the inputs that are read

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
      device_id: {type: string}
      payee_id: {type: string}
      amount: {type: integer, required: true}
  logins:
    time: at
    out_of_orderness: 2s
    key: account_id
    fields:
      at: {type: time, format: ms, required: true}
      account_id: {type: string, required: true}
      device_id: {type: string}
)";
constexpr std::string_view kJob = R"(job: shops
ruleset: .
kafka: {brokers: "nowhere:1"}
slot: a
inputs: {payments: {topic: payments, format: jsonl}, logins: {topic: logins, format: jsonl}}
outputs: {prefix: shops.}
state: {dir: state}
)";

class TopicSource final : public Source {
 public:
  TopicSource(const Topics& topics, std::uint32_t shard, bool until_end, const Plan& plan)
      : topics_(topics),
        shard_(shard),
        until_end_(until_end),
        inputs_(handed_on_inputs(plan)),
        queues_(inputs_, kHandedOn, static_cast<std::uint32_t>(topics.repartition.size()), hops_before(plan), !plan.added_lists.empty()) {}

  [[nodiscard]] Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>& known) override {
    if (!known.empty()) return std::vector<PartitionInfo>();
    std::vector<PartitionInfo> found = {{{kPayments, shard_}, "payments", 1, 0, false}, {{kLogins, shard_}, "logins", 1, 0, false}};
    for (std::size_t i = 0; i < queues_.inputs(); ++i) {
      const auto input = static_cast<InputId>(kHandedOn + i);
      for (std::uint32_t shard = 0; shard < topics_.repartition.size(); ++shard) found.push_back({{input, shard}, "repartition", 2, 0, false});
    }
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
    std::vector<std::vector<std::int64_t>> ends;
    for (std::uint32_t shard = 0; shard < topics_.repartition.size(); ++shard) {
      ends.emplace_back();
      for (const InputId input : inputs_) ends.back().push_back(static_cast<std::int64_t>(topics_.read[input][shard].size()));
    }
    return queues_.has_ended(partition, ends);
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
    const std::vector<std::string>& records = topics_.read[partition.input][shard_];
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
  std::vector<InputId> inputs_;  // that are handed on
  HandedQueues queues_;
  std::uint64_t fed_ = 0;
  bool is_live_ = false;
};

class TopicLog final : public CommitLog {
 public:
  explicit TopicLog(Topics& topics) : topics_(topics), open_(Job::kHandedOnOutput + 1) {}
  [[nodiscard]] bool has_rows() const {
    return std::any_of(open_.begin(), open_.end(), [](const std::string& rows) { return !rows.empty(); });
  }

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
    const std::string bytes = writer_.write(record);
    records_.push_back(*reader_.read(bytes));
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
  DecisionWriter writer_;
  DecisionReader reader_;
};

// Of a JSON object, with a comma behind it; "" for no value.
std::string field(std::string_view name, const std::string& value) { return value.empty() ? "" : fmt::format(R"("{}":"{}",)", name, value); }

}  // namespace

// What outlives a process.
struct TopicWorld::Instance {
  explicit Instance(Topics& topics) : log(topics) {}
  TopicLog log;
  MemoryCheckpoints checkpoints;
  std::unique_ptr<TopicSource> source;
  BuiltJob built;
};

TopicWorld::TopicWorld(std::uint32_t shards, unsigned seed, const std::string& totals, const std::vector<std::string>& rules, bool distinct_times)
    : chance_(seed), distinct_times_(distinct_times) {
  const std::string folder = directory_.path().string();
  std::filesystem::create_directory(folder + "/rules");
  std::ofstream(folder + "/ruleset.yaml") << kRuleSet << totals;
  for (std::size_t rule = 0; rule < rules.size(); ++rule) std::ofstream(fmt::format("{}/rules/rule-{}.yaml", folder, rule)) << rules[rule];
  std::ofstream(folder + "/job.yaml") << kJob;
  file_ = std::make_unique<JobFile>(*JobFile::load(folder + "/job.yaml", {"exchange.tell_every=100ms", "engine.block=4KiB"}, {}));
  auto plan = load_plan(*file_);
  if (!plan) FAIL(plan.error().text);
  plan_ = std::move(*plan);
  for (const InputPlan& input : plan_->inputs) decoders_.push_back(*JsonDecoder::make(input.schema));
  topics_.read.resize(kHandedOn);
  for (auto& input : topics_.read) input.resize(shards);
  topics_.repartition.resize(shards);
  for (std::uint32_t shard = 0; shard < shards; ++shard) instances_.push_back(std::make_unique<Instance>(topics_));
}

TopicWorld::~TopicWorld() = default;

void TopicWorld::restart(std::uint32_t shard) {
  kill(shard);
  open(shard, false);
}

void TopicWorld::live(int steps) {
  for (std::uint32_t shard = 0; shard < instances_.size(); ++shard) open(shard, false);
  for (int step = 0; step < steps; ++step) {
    clock_.advance_ms(static_cast<std::int64_t>(random(20)));
    for (std::uint64_t record = random(20); record > 0; --record) random(4) == 0 ? log_in() : pay();
    const auto shard = static_cast<std::uint32_t>(random(instances_.size()));
    if (random(40) == 0) kill(shard);
    if (instances_[shard]->built.job == nullptr) open(shard, false);
    REQUIRE(instances_[shard]->built.job->advance().has_value());
    CHECK(instances_[shard]->built.job->epoch_has_rows() == instances_[shard]->log.has_rows());
    if (random(2) == 0) REQUIRE(instances_[shard]->built.job->end_epoch_here().has_value());
  }
}

void TopicWorld::fill(int payments) {
  disorder_ms_ = 1;
  for (int payment = 0; payment < payments; ++payment) {
    ++now_ms_;
    pay();
    if (random(4) != 0) continue;
    ++now_ms_;
    log_in();
  }
}

void TopicWorld::be_silent(std::int64_t milliseconds) {
  constexpr int kLooks = 200;
  for (int look = 0; look < kLooks; ++look) {
    clock_.advance_ms(milliseconds / kLooks);
    for (const auto& instance : instances_) {
      REQUIRE(instance->built.job->advance().has_value());
      REQUIRE(instance->built.job->end_epoch_here().has_value());
    }
  }
}

std::uint64_t TopicWorld::epochs(std::uint32_t shard) const { return instances_[shard]->built.job->last_id().epoch; }

void TopicWorld::finish() {
  for (std::uint32_t shard = 0; shard < instances_.size(); ++shard) {
    kill(shard);
    open(shard, true);
  }
  const auto is_over = [](const auto& instance) { return instance->built.job->input_is_over() && !instance->built.job->epoch_is_open(); };
  for (int turn = 0; !std::all_of(instances_.begin(), instances_.end(), is_over); ++turn) {
    REQUIRE(turn < 10'000);
    clock_.advance_ms(1);
    for (std::uint32_t shard = 0; shard < instances_.size(); ++shard) {
      if (random(3) == 0) continue;  // some are slower
      if (turn < 1'000 && random(30) == 0) kill(shard), open(shard, true);
      const auto advanced = instances_[shard]->built.job->advance();
      if (!advanced) FAIL(advanced.error().text);
      if (random(2) == 0) REQUIRE(instances_[shard]->built.job->end_epoch_here().has_value());
    }
  }
  for (std::uint32_t shard = 0; shard < instances_.size(); ++shard) {
    instances_[shard]->checkpoints.forget_all();
    open(shard, true);
  }
}

std::set<std::string> TopicWorld::alerts(const std::string& rule) const {
  std::set<std::string> alerts;
  for (const std::string& row : topics_.alerts) {
    if (text(row, "rule") != rule) continue;
    INFO(row);
    CHECK(alerts.insert(text(row, "payment_id")).second);
  }
  return alerts;
}

std::string TopicWorld::text(const std::string& row, const std::string& name) {
  const std::size_t begin = row.find("\"" + name + "\":\"") + name.size() + 4;
  return row.substr(begin, row.find('"', begin) - begin);
}

std::int64_t TopicWorld::number(const std::string& row, const std::string& name) {
  return std::atoll(row.c_str() + row.find("\"" + name + "\":") + name.size() + 3);
}

std::int64_t TopicWorld::time_of_record() {
  now_ms_ += static_cast<std::int64_t>(random(40));
  std::int64_t at_ms = now_ms_ - static_cast<std::int64_t>(random(disorder_ms_));
  while (distinct_times_ && !times_.insert(at_ms).second) ++at_ms;
  return at_ms;
}

void TopicWorld::append(std::size_t input, const std::string& account, std::string record) {
  topics_.read[input][shard_of(hash_key(account), static_cast<std::uint32_t>(instances_.size()))].push_back(std::move(record));
}

void TopicWorld::pay() {
  Payment payment;
  payment.at_ms = time_of_record();
  payment.id = fmt::format("P{}", payments_.size());
  payment.account = fmt::format("A{}", random(20));
  payment.shop = random(10) == 0 ? "" : fmt::format("S{}", random(7));
  payment.device = random(8) == 0 ? "" : fmt::format("D{}", random(9));
  payment.amount = static_cast<std::int64_t>(random(50));
  payment.payee = fmt::format("A{}", (payments_.size() * 7 + static_cast<std::uint64_t>(payment.amount)) % 20);
  append(kPayments, payment.account,
         fmt::format(R"({{"payment_id":"{}","at":{},"account_id":"{}",{}{}{}"amount":{}}})", payment.id, payment.at_ms, payment.account,
                     field("shop_id", payment.shop), field("device_id", payment.device), field("payee_id", payment.payee), payment.amount));
  payments_.push_back(std::move(payment));
}

void TopicWorld::log_in() {
  Login login;
  login.at_ms = time_of_record();
  login.account = fmt::format("A{}", random(20));
  login.device = random(8) == 0 ? "" : fmt::format("D{}", random(9));
  append(kLogins, login.account, fmt::format(R"({{"at":{},{}"account_id":"{}"}})", login.at_ms, field("device_id", login.device), login.account));
  logins_.push_back(std::move(login));
}

void TopicWorld::kill(std::uint32_t shard) {
  instances_[shard]->built = {};
  if (random(3) == 0) instances_[shard]->checkpoints.forget_newest();
  if (random(5) == 0) instances_[shard]->checkpoints.forget_all();
}

void TopicWorld::open(std::uint32_t shard, bool until_end) {
  Instance& instance = *instances_[shard];
  instance.built = {};
  instance.source = std::make_unique<TopicSource>(topics_, shard, until_end, *plan_);
  JobSettings settings = job_settings(*file_, *plan_, until_end);
  settings.background = false;
  settings.checkpoint_every_ms = 200;
  settings.discover_every_ms = 0;
  settings.idle_after_ms = idle_after_ms_;
  settings.silence_max_ms = silence_max_ms_;
  settings.max_skew_ms = 1'000'000'000'000;
  const JobPorts ports{*instance.source, instance.log, instance.checkpoints, clock_};
  instance.built = build_job(*file_, *plan_, decoders_, ports, settings, 1, 1, ShardOfMany{shard, static_cast<std::uint32_t>(instances_.size())});
  const auto recovered = instance.built.job->recover();
  if (!recovered) FAIL(recovered.error().text);
}

std::string differences(const std::set<std::string>& found, const std::set<std::string>& expected) {
  std::vector<std::string> other;
  std::set_symmetric_difference(found.begin(), found.end(), expected.begin(), expected.end(), std::back_inserter(other));
  return fmt::format("{}", fmt::join(other, " "));
}

}  // namespace reckoner::testing
