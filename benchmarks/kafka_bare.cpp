// The least that reading a topic and writing another exactly once takes: reads what is there, makes a small row of each event, and commits with two
// producers in turn. What a job adds is told against this.
//   kafka_bare BROKERS INPUT OUTPUT PARTITIONS     until SIGTERM
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_producer.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/check.hpp"

namespace reckoner {
namespace {

volatile std::sig_atomic_t stopped = 0;
constexpr int kIdleMs = 5;
constexpr std::size_t kProducers = 2;

template <typename Value>
Value must(Result<Value> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "kafka_bare: {}\n", result.error().text);
  std::exit(1);
}

void add_row(std::string_view event, std::vector<char>& rows) {
  const std::size_t begin = event.find("\"event_id\":\"");
  const std::size_t account = event.find("\"account_id\":\"");
  if (begin == std::string_view::npos || account == std::string_view::npos) return;
  const std::string_view id = event.substr(begin, event.find('"', begin + 12) + 1 - begin);
  const std::string_view key = event.substr(account, event.find('"', account + 14) + 1 - account);
  const std::string row = fmt::format("{{{},{}}}\n", key, id);
  rows.insert(rows.end(), row.begin(), row.end());
}

int run(char** words) {
  const auto partitions = static_cast<std::int32_t>(std::strtol(words[4], nullptr, 10));
  const int wake = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  const KafkaSettings settings = must(make_kafka_settings(words[1], {}));
  const auto reader = must(KafkaClient::make(settings, KafkaRole::kReader));
  std::vector<std::unique_ptr<KafkaPartition>> inputs;
  for (std::int32_t number = 0; number < partitions; ++number) {
    inputs.push_back(std::make_unique<KafkaPartition>(*reader, words[2], number, wake));
    if (const auto started = inputs.back()->start(must(offset_range(*reader, words[2], number)).end); !started)
      return must<int>(std::unexpected(started.error()));
  }
  std::vector<std::unique_ptr<KafkaProducer>> producers;
  producers.reserve(kProducers);
  for (std::size_t number = 0; number < kProducers; ++number)
    producers.push_back(must(KafkaProducer::open(settings, fmt::format("kafka-bare-{}", number), {words[3]}, words[3], {"account_id"})));
  std::signal(SIGTERM, [](int) { stopped = 1; });
  fmt::print("ready\n");
  std::fflush(stdout);
  std::vector<std::vector<char>> rows(inputs.size());
  for (std::size_t turn = 0; stopped == 0;) {
    KafkaTransaction transaction;
    for (std::size_t number = 0; number < inputs.size(); ++number) {
      rows[number].clear();
      for (;;) {
        const KafkaRecord* const record = must(inputs[number]->front(0));
        if (record == nullptr) break;
        add_row(record->value.value_or(std::string_view{}), rows[number]);
        inputs[number]->pop();
      }
      if (!rows[number].empty()) transaction.rows.push_back({0, static_cast<std::int32_t>(number), rows[number]});
    }
    if (transaction.rows.empty()) {
      pollfd waiting{wake, POLLIN, 0};
      if (::poll(&waiting, 1, kIdleMs) > 0) {
        std::uint64_t count = 0;
        static_cast<void>(::read(wake, &count, sizeof count));
      }
      continue;
    }
    RECKONER_CHECK(producers[turn]->commit(transaction) == TransactionEnd::kCommitted, "{}", producers[turn]->last_error().text);
    turn = (turn + 1) % kProducers;
  }
  return 0;
}

}  // namespace
}  // namespace reckoner

int main(int count, char** words) {
  if (count != 5) return 2;
  return reckoner::run(words);
}
