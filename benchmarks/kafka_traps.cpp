// What each trap of transactions costs that the job's producers avoid (connectors/kafka_producer.cpp, kafka_instance.cpp, kafka_settings.cpp say why at the
// place), and what the log's record costs: the same small transactions with one thing changed, in turn with those of the job, in one run on a real broker.
//   kafka_traps BROKERS OUTPUT LOG PARTITIONS [ROUNDS]
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "connectors/kafka_producer.hpp"
#include "connectors/system_clock.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

constexpr std::size_t kRowBytes = 200;
constexpr std::size_t kLogBytes = 1000;
constexpr int kCommits = 40;  // of a kind in a round
constexpr int kFewCommits = 10;
constexpr int kWarmCommits = 200;
constexpr long kRounds = 10;
constexpr int kTimeoutMs = 10'000;
constexpr std::int64_t kPauseMs = 10;  // then the markers of the transaction before are written

template <typename Value>
Value must(Result<Value> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "kafka_traps: {}\n", result.error().text);
  std::exit(1);
}

void must(rd_kafka_error_t* error, std::string_view what) {
  if (error == nullptr) return;
  fmt::print(stderr, "kafka_traps: {}: {}\n", what, rd_kafka_error_string(error));
  std::exit(1);
}

struct Target {
  KafkaSettings settings;
  std::string output;
  std::string log;
  std::int32_t partitions = 1;
};

// The names of transactional ids: none is used twice.
std::string next_id() {
  static int made = 0;
  return fmt::format("kafka-traps-{}", made++);
}

void pause() { SystemClock().sleep_ms(kPauseMs); }

enum class Offsets : std::uint8_t { kNone, kSent };

// A transaction of a row to each partition and a record to the log, as the library's manual has it, so that each precaution can be left out.
class PlainProducer {
 public:
  struct Care {
    bool delivery_callback = true;
    bool metadata = true;  // is asked for before the first transaction; else topics are first heard of in it, by name
    std::string retry_ms = "5";
  };

  PlainProducer(const Target& target, const Care& care) : target_(target), row_(kRowBytes, 'r'), log_(kLogBytes, 'd') {
    KafkaSettings settings = target.settings;
    settings.librdkafka.emplace_back("retry.backoff.ms", care.retry_ms);
    client_ =
        must(KafkaClient::make(settings, KafkaRole::kProducer, {{"transactional.id", next_id()}}, care.delivery_callback ? add_callback : nullptr));
    must(rd_kafka_init_transactions(client_->handle(), kTimeoutMs), "init_transactions");
    for (const std::string* const name : {&target.output, &target.log}) {
      if (!care.metadata) break;
      topics_.push_back(rd_kafka_topic_new(client_->handle(), name->c_str(), nullptr));
      look_at(topics_.back());
    }
    group_ = rd_kafka_consumer_group_metadata_new("kafka-traps");
  }
  ~PlainProducer() {
    for (rd_kafka_topic_t* const topic : topics_) rd_kafka_topic_destroy(topic);
    rd_kafka_consumer_group_metadata_destroy(group_);
  }
  PlainProducer(const PlainProducer&) = delete;
  PlainProducer& operator=(const PlainProducer&) = delete;

  void commit(Offsets offsets) {
    rd_kafka_t* const rk = client_->handle();
    must(rd_kafka_begin_transaction(rk), "begin_transaction");
    for (std::int32_t partition = 0; partition < target_.partitions; ++partition) send(target_.output, partition, row_);
    send(target_.log, 0, log_);
    if (offsets == Offsets::kSent) send_offsets();
    must(rd_kafka_commit_transaction(rk, kTimeoutMs), "commit_transaction");
  }

 private:
  static void add_callback(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t*, void*) {});
  }

  void look_at(rd_kafka_topic_t* topic) const {
    const rd_kafka_metadata_t* metadata = nullptr;
    RECKONER_CHECK(rd_kafka_metadata(client_->handle(), 0, topic, &metadata, kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_metadata_destroy(metadata);
  }

  void send(const std::string& topic, std::int32_t partition, const std::string& bytes) const {
    rd_kafka_vu_t to[4] = {};
    to[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    to[0].u.cstr = topic.c_str();
    to[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    to[1].u.i32 = partition;
    to[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    to[2].u.i = RD_KAFKA_MSG_F_COPY;
    to[3].vtype = RD_KAFKA_VTYPE_VALUE;
    to[3].u.mem.ptr = const_cast<char*>(bytes.data());
    to[3].u.mem.size = bytes.size();
    must(rd_kafka_produceva(client_->handle(), to, std::size(to)), "produce");
  }

  void send_offsets() {
    rd_kafka_topic_partition_list_t* const offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, target_.log.c_str(), 0)->offset = 0;
    must(rd_kafka_send_offsets_to_transaction(client_->handle(), offsets, group_, kTimeoutMs), "send_offsets_to_transaction");
    rd_kafka_topic_partition_list_destroy(offsets);
  }

  const Target& target_;
  std::string row_;
  std::string log_;
  std::unique_ptr<KafkaClient> client_;
  std::vector<rd_kafka_topic_t*> topics_;
  rd_kafka_consumer_group_metadata_t* group_ = nullptr;
};

// The job's own, and its transactions.
class JobProducers {
 public:
  JobProducers(const Target& target, std::size_t count, bool with_log) : target_(target), with_log_(with_log), row_(kRowBytes, 'r') {
    row_.back() = '\n';
    for (std::size_t i = 0; i < count; ++i)
      producers_.push_back(must(KafkaProducer::open(target.settings, next_id(), {target.output}, target.log, {})));
  }

  void commit() {
    KafkaTransaction transaction;
    for (std::int32_t partition = 0; partition < target_.partitions; ++partition) transaction.rows.push_back({0, partition, row_});
    if (with_log_) transaction.log.push_back({0, std::string(kLogBytes, 'd'), -1});
    KafkaProducer& producer = *producers_[turn_++ % producers_.size()];
    RECKONER_CHECK(producer.commit(transaction) == TransactionEnd::kCommitted, "{}", producer.last_error().text);
  }

 private:
  const Target& target_;
  bool with_log_;
  std::string row_;
  std::vector<std::unique_ptr<KafkaProducer>> producers_;
  std::size_t turn_ = 0;
};

struct Kind {
  std::string name;
  std::size_t reference = 0;  // number of the kind that it is told against
  int commits = kCommits;     // in a round
  std::function<void()> commit;
  std::function<void()> prepare = [] {};  // before each, not timed
  std::vector<std::int64_t> times{};
};

double percentile_ms(const std::vector<std::int64_t>& ordered, std::size_t percent) {
  return static_cast<double>(ordered[(ordered.size() - 1) * percent / 100]) / 1e6;
}

double mean_ms(const std::vector<std::int64_t>& times) {
  return static_cast<double>(std::accumulate(times.begin(), times.end(), std::int64_t{0})) / static_cast<double>(times.size()) / 1e6;
}

void print(std::vector<Kind>& kinds) {
  fmt::print("{:60} {:>8} {:>8} {:>8}   of the mean\n", "transactions, one behind the other: ms", "p50", "p99", "mean");
  for (Kind& kind : kinds) {
    std::sort(kind.times.begin(), kind.times.end());
    const Kind& reference = kinds[kind.reference];
    const double mean = mean_ms(kind.times);
    const std::string ratio = &reference == &kind ? std::string() : fmt::format("{:.2f} times: {}", mean / mean_ms(reference.times), reference.name);
    fmt::print("{:60} {:8.2f} {:8.2f} {:8.2f}   {}\n", kind.name, percentile_ms(kind.times, 50), percentile_ms(kind.times, 99), mean, ratio);
  }
}

void measure(std::vector<Kind>& kinds, long rounds) {
  SystemClock clock;
  for (int i = 0; i < kWarmCommits; ++i) kinds.front().commit();  // the broker's compiler
  for (Kind& kind : kinds) {                                      // each client's first transactions are not like the others
    for (int i = 0; i < 4 && kind.commits > 1; ++i) kind.commit();
  }
  for (long round = 0; round < rounds; ++round) {
    for (Kind& kind : kinds) {
      for (int i = 0; i < kind.commits; ++i) {
        kind.prepare();
        const std::int64_t began = clock.monotonic_ns();
        kind.commit();
        kind.times.push_back(clock.monotonic_ns() - began);
      }
    }
  }
}

int run(int count, char** words) {
  const Target target{must(make_kafka_settings(words[1], {})), words[2], words[3], static_cast<std::int32_t>(std::strtol(words[4], nullptr, 10))};
  JobProducers two(target, 2, true);
  JobProducers one(target, 1, true);
  JobProducers without_log(target, 2, false);
  PlainProducer plain(target, {});
  PlainProducer deaf(target, {.delivery_callback = false});
  PlainProducer patient(target, {.retry_ms = "100"});
  std::unique_ptr<PlainProducer> fresh;
  const auto commit_fresh = [&] { fresh->commit(Offsets::kNone); };
  std::vector<Kind> kinds = {
      {"two producers in turn, as the job has them", 0, kCommits, [&] { two.commit(); }},
      {"one producer", 0, kCommits, [&] { one.commit(); }},
      {"two producers in turn, no record in the log", 0, kCommits, [&] { without_log.commit(); }},
      {"a pause before each", 3, kCommits, [&] { plain.commit(Offsets::kNone); }, pause},
      {"a pause before each, no delivery-report callback", 3, kCommits, [&] { deaf.commit(Offsets::kNone); }, pause},
      {"one producer, offsets, retry.backoff.ms=5", 5, kFewCommits, [&] { plain.commit(Offsets::kSent); }},
      {"one producer, offsets, retry.backoff.ms=100", 5, kFewCommits, [&] { patient.commit(Offsets::kSent); }},
      {"the first of a new producer", 7, 1, commit_fresh, [&] { fresh = std::make_unique<PlainProducer>(target, PlainProducer::Care{}); }},
      {"the first of a new producer that has not heard of its topics", 7, 1, commit_fresh,
       [&] { fresh = std::make_unique<PlainProducer>(target, PlainProducer::Care{.metadata = false}); }},
  };
  measure(kinds, count > 5 ? std::strtol(words[5], nullptr, 10) : kRounds);
  print(kinds);
  return 0;
}

}  // namespace
}  // namespace reckoner

int main(int count, char** words) {
  if (count != 5 && count != 6) return 2;
  return reckoner::run(count, words);
}
