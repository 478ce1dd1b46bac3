// The least that reading a topic and writing others exactly once takes: reads what is there, makes a small row of some events, and commits these and a
// record of a log with two producers in turn, as soon as it is done. What a job adds is told against this.
//   kafka_bare BROKERS INPUT OUTPUT LOG PARTITIONS EVERY [TRACE]     until SIGTERM; a row of each EVERYth event; TRACE as app/kafka_trace.hpp has it
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "app/kafka_trace.hpp"
#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_producer.hpp"
#include "connectors/kafka_topics.hpp"
#include "connectors/system_clock.hpp"
#include "connectors/wake.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

volatile std::sig_atomic_t stopped = 0;
constexpr int kIdleMs = 5;
constexpr std::size_t kProducers = 2;
constexpr std::size_t kLogBytes = 200;

template <typename Value>
Value must(Result<Value> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "kafka_bare: {}\n", result.error().text);
  std::exit(1);
}

void add_row(const KafkaRecord& record, std::int32_t partition, std::vector<char>& rows) {
  const std::string_view event = record.value.value_or(std::string_view{});
  const std::size_t begin = event.find("\"event_id\":\"");
  const std::size_t account = event.find("\"account_id\":\"");
  if (begin == std::string_view::npos || account == std::string_view::npos) return;
  const std::string_view id = event.substr(begin, event.find('"', begin + 12) + 1 - begin);
  const std::string_view key = event.substr(account, event.find('"', account + 14) + 1 - account);
  const std::string row = fmt::format("{{{},{},\"trigger\":\"events/{}/{}\"}}\n", key, id, partition, record.offset);
  rows.insert(rows.end(), row.begin(), row.end());
}

class Pipeline {
 public:
  explicit Pipeline(char** words) : partitions_(number(words[5])), every_(number(words[6])), settings_(must(make_kafka_settings(words[1], {}))) {
    reader_ = must(KafkaClient::make(settings_, KafkaRole::kReader));
    for (std::int32_t partition = 0; partition < partitions_; ++partition) {
      inputs_.push_back(std::make_unique<KafkaPartition>(*reader_, words[2], partition, wake_.descriptor()));
      if (const auto started = inputs_.back()->start(must(offset_range(*reader_, words[2], partition)).end); !started)
        must<int>(std::unexpected(started.error()));
    }
    for (std::size_t i = 0; i < kProducers; ++i)
      producers_.push_back(must(KafkaProducer::open(settings_, fmt::format("kafka-bare-{}", i), {words[3]}, words[4], {"account_id"})));
    rows_.resize(inputs_.size());
    if (words[7] != nullptr) trace_ = must(KafkaTrace::open(words[7]));
  }

  void turn() {
    if (!read()) return wake_.wait(kIdleMs);
    KafkaTransaction transaction;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!rows_[i].empty()) transaction.rows.push_back({0, static_cast<std::int32_t>(i), rows_[i]});
    }
    transaction.log.push_back({0, std::string(kLogBytes, 'd'), -1});
    const std::int64_t staged = clock_.monotonic_ns();
    KafkaProducer& producer = *producers_[turn_++ % kProducers];
    RECKONER_CHECK(producer.commit(transaction) == TransactionEnd::kCommitted, "{}", producer.last_error().text);
    if (trace_) trace_->note_commit(staged, transaction.times);
  }

 private:
  static std::int32_t number(const char* word) { return static_cast<std::int32_t>(std::strtol(word, nullptr, 10)); }

  // What is there; whether there was anything.
  bool read() {
    bool any = false;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      rows_[i].clear();
      std::int64_t next = -1;
      while (const KafkaRecord* const record = must(inputs_[i]->front(0))) {
        if (++read_ % every_ == 0) add_row(*record, static_cast<std::int32_t>(i), rows_[i]);
        next = record->offset + 1;
        inputs_[i]->pop();
      }
      any = any || next >= 0;
      if (trace_ && next >= 0) trace_->note_read(clock_.monotonic_ns(), {0, static_cast<std::uint32_t>(i)}, static_cast<std::uint64_t>(next));
    }
    return any;
  }

  std::int32_t partitions_;
  std::int32_t every_;
  std::int64_t read_ = 0;
  Wake wake_;
  KafkaSettings settings_;
  std::unique_ptr<KafkaClient> reader_;
  std::vector<std::unique_ptr<KafkaPartition>> inputs_;
  std::vector<std::unique_ptr<KafkaProducer>> producers_;
  std::size_t turn_ = 0;
  std::vector<std::vector<char>> rows_;
  std::unique_ptr<KafkaTrace> trace_;
  SystemClock clock_;
};

int run(char** words) {
  Pipeline pipeline(words);
  std::signal(SIGTERM, [](int) { stopped = 1; });
  fmt::print("ready\n");
  std::fflush(stdout);
  while (stopped == 0) pipeline.turn();
  return 0;
}

}  // namespace
}  // namespace reckoner

int main(int count, char** words) {
  if (count != 7 && count != 8) return 2;
  return reckoner::run(words);
}
