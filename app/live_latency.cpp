#include "app/live_latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "app/row_text.hpp"
#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_topics.hpp"
#include "connectors/wake.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kQuietNs = 3 * kNanosecondsPerSecond;
constexpr int kWaitMs = 100;

// Reads rows in a thread of its own, so that each is seen when it is there.
class RowReading {
 public:
  // `due` by the events' ids.
  RowReading(Clock& clock, const LiveRows& rows, const std::map<std::string_view, std::int64_t>& due) : clock_(clock), rows_(rows), due_(due) {}

  [[nodiscard]] Result<void> open(KafkaClient& reader) {
    for (std::uint32_t number = 0; number < rows_.partitions; ++number) {
      const auto partition = static_cast<std::int32_t>(number);
      const auto range = offset_range(reader, rows_.topic, partition);
      if (!range) return std::unexpected(range.error());
      partitions_.push_back(std::make_unique<KafkaPartition>(reader, rows_.topic, partition, wake_.descriptor()));
      if (const auto started = partitions_.back()->start(range->end); !started) return started;
    }
    return {};
  }

  void start() {
    last_ns_ = clock_.monotonic_ns();
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested() && result_) {
        result_ = take_rows();
        wake_.wait(kWaitMs);
      }
    });
  }

  // When the last row came, or reading began.
  [[nodiscard]] std::int64_t last_ns() const { return last_ns_.load(); }

  [[nodiscard]] Result<std::vector<LiveLatency::Row>> stop() {
    thread_ = {};
    if (!result_) return std::unexpected(result_.error());
    return std::move(found_);
  }

 private:
  Result<void> take_rows() {
    for (const auto& partition : partitions_) {
      for (;;) {
        const auto record = partition->front(0);
        if (!record) return std::unexpected(record.error());
        if (*record == nullptr) break;
        last_ns_ = clock_.monotonic_ns();
        note_row((*record)->value.value_or(std::string_view{}), last_ns_);
        partition->pop();
      }
    }
    return {};
  }

  void note_row(std::string_view row, std::int64_t now_ns) {
    for (const std::string& field : rows_.id_fields) {
      const auto id = text_in_row(row, field);
      const auto due = id ? due_.find(*id) : due_.end();
      if (due == due_.end()) continue;
      found_.push_back({due->second, now_ns, text_in_row(row, rows_.key).has_value(), text_in_row(row, "trigger").value_or("")});
      return;
    }
  }

  Clock& clock_;
  const LiveRows& rows_;
  const std::map<std::string_view, std::int64_t>& due_;
  Wake wake_;
  std::vector<std::unique_ptr<KafkaPartition>> partitions_;
  std::vector<LiveLatency::Row> found_;
  std::atomic<std::int64_t> last_ns_ = 0;
  Result<void> result_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace

Result<LiveLatency> measure_live_latency(Clock& clock, KafkaFeed& feed, KafkaClient& reader, const LiveRows& rows, std::span<const LiveEvent> events,
                                         std::uint32_t events_per_second) {
  const auto deliveries = std::make_shared<std::vector<LiveLatency::Delivery>>();  // the feed may outlive this
  deliveries->reserve(events.size());
  feed.watch([&clock, deliveries](std::size_t topic, std::int32_t partition, std::int64_t offset) {
    deliveries->push_back({clock.monotonic_ns(), topic, partition, offset});
  });
  std::map<std::string_view, std::int64_t> due;
  RowReading reading(clock, rows, due);
  if (const auto opened = reading.open(reader); !opened) return std::unexpected(opened.error());
  // Ids are put in their places before the clock counts.
  for (const LiveEvent& event : events) {
    if (!event.id.empty()) due.emplace(event.id, 0);
  }
  const std::int64_t began_ns = clock.monotonic_ns() + kNanosecondsPerSecond;
  const auto due_ns = [&](std::size_t event) { return began_ns + static_cast<std::int64_t>(event) * kNanosecondsPerSecond / events_per_second; };
  for (std::size_t event = 0; event < events.size(); ++event) {
    if (const auto place = due.find(events[event].id); place != due.end()) place->second = due_ns(event);
  }
  reading.start();
  for (std::size_t next = 0; next < events.size(); clock.sleep_ms(1)) {
    for (const std::int64_t now_ns = clock.monotonic_ns(); next < events.size() && due_ns(next) <= now_ns; ++next) {
      if (const auto sent = feed.send(events[next].topic, events[next].key, events[next].line); !sent) return std::unexpected(sent.error());
    }
  }
  if (const auto flushed = feed.flush(); !flushed) return std::unexpected(flushed.error());
  const std::int64_t sent_ns = clock.monotonic_ns();
  while (clock.monotonic_ns() - std::max(sent_ns, reading.last_ns()) < kQuietNs) clock.sleep_ms(1);
  auto read = reading.stop();
  if (!read) return std::unexpected(read.error());
  return LiveLatency{std::move(*read), std::move(*deliveries)};
}

std::string latency_text(std::span<const LiveLatency::Row> rows, bool has_key) {
  std::vector<std::int64_t> times;
  for (const LiveLatency::Row& row : rows) {
    if (row.has_key == has_key) times.push_back(row.seen - row.due);
  }
  if (times.empty()) return "none";
  std::sort(times.begin(), times.end());
  const auto percentile = [&](std::size_t percent) { return static_cast<double>(times[(times.size() - 1) * percent / 100]) / 1e6; };
  return fmt::format("{} rows: p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms", times.size(), percentile(50), percentile(90),
                     percentile(99), percentile(100));
}

}  // namespace reckoner
