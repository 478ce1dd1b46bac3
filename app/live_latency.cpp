#include "app/live_latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "app/row_text.hpp"
#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_topics.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kQuietNs = 3 * kNanosecondsPerSecond;

class Measuring {
 public:
  Measuring(Clock& clock, const LiveRows& rows) : clock_(clock), rows_(rows) {}

  [[nodiscard]] Result<void> open(KafkaClient& reader) {
    for (std::uint32_t number = 0; number < rows_.partitions; ++number) {
      const auto partition = static_cast<std::int32_t>(number);
      const auto range = offset_range(reader, rows_.topic, partition);
      if (!range) return std::unexpected(range.error());
      partitions_.push_back(std::make_unique<KafkaPartition>(reader, rows_.topic, partition));
      if (const auto started = partitions_.back()->start(range->end); !started) return started;
    }
    return {};
  }

  void note_due(const LiveEvent& event, std::int64_t due_ns) {
    if (!event.id.empty()) due_.emplace(std::string(event.id), due_ns);
  }

  // Those that are there now. Whether there were any.
  [[nodiscard]] Result<bool> take_rows() {
    bool any = false;
    for (const auto& partition : partitions_) {
      for (;;) {
        const auto record = partition->front(0);
        if (!record) return std::unexpected(record.error());
        if (*record == nullptr) break;
        note_row((*record)->value.value_or(std::string_view{}), clock_.monotonic_ns());
        partition->pop();
        any = true;
      }
    }
    return any;
  }

  [[nodiscard]] LiveLatency take() {
    std::sort(found_.with_key.begin(), found_.with_key.end());
    std::sort(found_.without_key.begin(), found_.without_key.end());
    return std::move(found_);
  }

 private:
  void note_row(std::string_view row, std::int64_t now_ns) {
    for (const std::string& field : rows_.id_fields) {
      const auto id = text_in_row(row, field);
      const auto due = id ? due_.find(*id) : due_.end();
      if (due == due_.end()) continue;
      (text_in_row(row, rows_.key) ? found_.with_key : found_.without_key).push_back(now_ns - due->second);
      return;
    }
  }

  Clock& clock_;
  const LiveRows& rows_;
  std::vector<std::unique_ptr<KafkaPartition>> partitions_;
  std::map<std::string, std::int64_t> due_;  // by id of the event
  LiveLatency found_;
};

}  // namespace

Result<LiveLatency> measure_live_latency(Clock& clock, KafkaFeed& feed, KafkaClient& reader, const LiveRows& rows, std::span<const LiveEvent> events,
                                         std::uint32_t events_per_second) {
  Measuring measuring(clock, rows);
  if (const auto opened = measuring.open(reader); !opened) return std::unexpected(opened.error());
  const std::int64_t began_ns = clock.monotonic_ns();
  std::int64_t quiet_since_ns = began_ns;
  for (std::size_t next = 0; next < events.size() || clock.monotonic_ns() - quiet_since_ns < kQuietNs;) {
    const std::int64_t now_ns = clock.monotonic_ns();
    for (; next < events.size(); ++next) {
      const std::int64_t due_ns = began_ns + static_cast<std::int64_t>(next) * kNanosecondsPerSecond / events_per_second;
      if (due_ns > now_ns) break;
      measuring.note_due(events[next], due_ns);
      if (const auto sent = feed.send(events[next].topic, events[next].key, events[next].line); !sent) return std::unexpected(sent.error());
    }
    const auto any = measuring.take_rows();
    if (!any) return std::unexpected(any.error());
    if (*any || next < events.size()) quiet_since_ns = clock.monotonic_ns();
    clock.sleep_ms(1);
  }
  if (const auto flushed = feed.flush(); !flushed) return std::unexpected(flushed.error());
  return measuring.take();
}

std::string latency_text(const std::vector<std::int64_t>& times_ns) {
  if (times_ns.empty()) return "none";
  const auto percentile = [&](std::size_t percent) { return static_cast<double>(times_ns[(times_ns.size() - 1) * percent / 100]) / 1e6; };
  return fmt::format("{} rows: p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms", times_ns.size(), percentile(50), percentile(90),
                     percentile(99), percentile(100));
}

}  // namespace reckoner
