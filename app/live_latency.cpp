#include "app/live_latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/row_text.hpp"
#include "connectors/kafka_partition.hpp"
#include "connectors/kafka_topics.hpp"
#include "engine/outputs.hpp"
#include "operators/handing_on.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kQuietNs = 3 * kNanosecondsPerSecond;  // without an alert, after the last event
constexpr std::array<std::string_view, 3> kIdFields = {"transaction_id", "login_id", "change_id"};

class LiveLatency {
 public:
  LiveLatency(Clock& clock, const KafkaLook& job) : clock_(clock), own_key_(driver_key(*job.plan).front()) {}

  [[nodiscard]] Result<void> open(const KafkaLook& job) {
    const std::string& topic = job.topics.outputs[static_cast<std::size_t>(OutputId::kAlerts)];
    for (std::uint32_t number = 0; number < job.log.shards; ++number) {
      const auto partition = static_cast<std::int32_t>(number);
      const auto range = offset_range(*job.client, topic, partition);
      if (!range) return std::unexpected(range.error());
      partitions_.push_back(std::make_unique<KafkaPartition>(*job.client, topic, partition));
      if (const auto started = partitions_.back()->start(range->end); !started) return started;
    }
    return {};
  }

  void note_due(const DemoEvent& event, std::int64_t due_ns) {
    if (auto id = text_in_row(event.line, kIdFields[event.input])) due_.emplace(std::move(*id), due_ns);
  }

  // What is there now. Whether there was any.
  [[nodiscard]] Result<bool> take_alerts() {
    bool any = false;
    for (const auto& partition : partitions_) {
      for (;;) {
        const auto record = partition->front(0);
        if (!record) return std::unexpected(record.error());
        if (*record == nullptr) break;
        note_alert((*record)->value.value_or(std::string_view{}), clock_.monotonic_ns());
        partition->pop();
        any = true;
      }
    }
    return any;
  }

  void print() {
    print("alerts by " + own_key_, own_ns_);
    print("alerts by other keys", other_ns_);
  }

 private:
  void note_alert(std::string_view alert, std::int64_t now_ns) {
    for (const std::string_view field : kIdFields) {
      const auto id = text_in_row(alert, field);
      const auto due = id ? due_.find(*id) : due_.end();
      if (due == due_.end()) continue;
      (text_in_row(alert, own_key_) ? own_ns_ : other_ns_).push_back(now_ns - due->second);
      return;
    }
  }

  static void print(const std::string& what, std::vector<std::int64_t>& times_ns) {
    std::sort(times_ns.begin(), times_ns.end());
    const auto percentile = [&](std::size_t percent) { return static_cast<double>(times_ns[(times_ns.size() - 1) * percent / 100]) / 1e6; };
    if (times_ns.empty()) return fmt::print("{:<28}none\n", what);
    fmt::print("{:<28}{:>6}: p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms\n", what, times_ns.size(), percentile(50), percentile(90),
               percentile(99), percentile(100));
  }

  Clock& clock_;
  std::string own_key_;
  std::vector<std::unique_ptr<KafkaPartition>> partitions_;
  std::map<std::string, std::int64_t> due_;  // by id of the event
  std::vector<std::int64_t> own_ns_;
  std::vector<std::int64_t> other_ns_;
};

}  // namespace

Result<void> show_live_latency(Clock& clock, KafkaFeed& feed, const KafkaLook& job, std::span<const DemoEvent> events,
                               std::uint32_t events_per_second) {
  LiveLatency latency(clock, job);
  if (const auto opened = latency.open(job); !opened) return opened;
  const std::int64_t began_ns = clock.monotonic_ns();
  std::int64_t quiet_since_ns = began_ns;
  for (std::size_t next = 0; next < events.size() || clock.monotonic_ns() - quiet_since_ns < kQuietNs;) {
    const std::int64_t now_ns = clock.monotonic_ns();
    for (; next < events.size(); ++next) {
      const std::int64_t due_ns = began_ns + static_cast<std::int64_t>(next) * kNanosecondsPerSecond / events_per_second;
      if (due_ns > now_ns) break;
      latency.note_due(events[next], due_ns);
      if (const auto sent = feed.send(events[next].input, events[next].key, events[next].line); !sent) return sent;
    }
    const auto any = latency.take_alerts();
    if (!any) return std::unexpected(any.error());
    if (*any || next < events.size()) quiet_since_ns = clock.monotonic_ns();
    clock.sleep_ms(1);
  }
  latency.print();
  return feed.flush();
}

}  // namespace reckoner
