#include "connectors/kafka_instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "connectors/system_clock.hpp"
#include "engine/handed_record.hpp"

namespace reckoner {

namespace {

constexpr int kAbortsMax = 20;  // of the same transaction, one after the other
constexpr std::int64_t kDecidedWithinNs = 60'000'000'000;
constexpr int kServeMs = 20;

}  // namespace

Result<std::unique_ptr<KafkaInstance>> KafkaInstance::join(KafkaInstanceSettings settings, std::function<void()> on_revoke) {
  std::unique_ptr<KafkaInstance> instance(new KafkaInstance(std::move(settings)));
  const KafkaInstanceSettings& own = instance->settings_;
  // The log has a client of its own: in the inputs' one it would wait for a fetch that waits for new records.
  const auto make_reader = [&](std::unique_ptr<KafkaClient>& client, std::size_t partitions) -> Result<void> {
    auto made = KafkaClient::make(own.kafka, KafkaRole::kReader, queue_options(own.kafka, partitions));
    if (!made) return std::unexpected(made.error());
    client = std::move(*made);
    return {};
  };
  if (const auto made = make_reader(instance->reader_, own.log.shards * own.inputs); !made) return std::unexpected(made.error());
  if (const auto made = make_reader(instance->log_reader_, static_cast<std::size_t>(own.log.partitions)); !made) return std::unexpected(made.error());
  auto group = KafkaGroup::join(own.kafka, own.job, own.slot, own.input_topics, own.log.topic, std::move(on_revoke));
  if (!group) return std::unexpected(group.error());
  instance->group_ = std::move(*group);
  instance->members_ = std::make_unique<KafkaMembersWatch>(*instance->log_reader_, own.job, own.input_topics);
  instance->hint_ = std::make_unique<KafkaOffsetHint>(own.kafka, own.job, fmt::format("{}-{}-hint", own.job, own.slot));
  return instance;
}

// It leaves, so that it does not stand in the way of who comes next for the time of a session.
Result<void> KafkaInstance::serve(int wait_ms) {
  if (Result<void> served = group_->serve(wait_ms); !served) return served;
  if (assignment() != nullptr) members_->look(assignment()->number);
  Result<void> found = members_->take();
  if (!found) group_->leave();
  return found;
}

std::string KafkaInstance::producer_id(const std::string& slot, std::size_t number) const {
  return fmt::format("{}-{}-{}", settings_.job, slot, number);
}

// Unconfirmed, two processes of one slot would fence each other for ever.
Result<bool> KafkaInstance::renew_producers() {
  const Result<bool> confirmed = group_->confirm();
  if (!confirmed || !*confirmed) return confirmed;
  drop_producers();
  for (std::size_t number = 0; number < kProducers; ++number) {
    auto producer =
        KafkaProducer::open(settings_.kafka, producer_id(settings_.slot, number), settings_.output_topics, settings_.log.topic, settings_.key_fields);
    if (!producer) {
      drop_producers();
      return std::unexpected(producer.error());
    }
    producers_[number] = std::move(*producer);
  }
  return true;
}

void KafkaInstance::drop_producers() {
  for (auto& producer : producers_) producer.reset();
}

// Two producers in turn: one alone meets a fixed 20 ms after each commit, while the markers of the one before are written.
TransactionEnd KafkaInstance::transact(KafkaTransaction& transaction) {
  KafkaProducer& producer = *producers_[turn_];
  TransactionEnd end = TransactionEnd::kAborted;
  for (int tries = 0; tries < kAbortsMax && end == TransactionEnd::kAborted; ++tries) {
    end = producer.commit(transaction);
    if (end == TransactionEnd::kAborted && producer.lasts()) break;
  }
  if (end != TransactionEnd::kCommitted) {
    last_error_ = producer.last_error();
    lasts_ = producer.lasts();
  }
  turn_ = (turn_ + 1) % kProducers;
  return end == TransactionEnd::kAborted ? TransactionEnd::kLost : end;
}

void KafkaInstance::add_dead_letters(std::span<const char> rows, std::int32_t partition, std::vector<KafkaOutgoing>& records) const {
  std::string_view left(rows.data(), rows.size());
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    records.push_back(make_dead_letter(left.substr(0, end), settings_.origin, settings_.dead_letters, partition));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
}

void KafkaInstance::add_handed_on(std::span<const char> addressed, std::size_t topic, std::vector<KafkaOutgoing>& records) {
  std::string_view left(addressed.data(), addressed.size());
  while (!left.empty()) {
    const AddressedRecord taken = take_addressed(left);
    KafkaOutgoing& record = records.emplace_back();
    record.topic = topic;
    record.partition = static_cast<std::int32_t>(taken.shard);
    record.value = taken.record;
  }
}

// The sections of a partition of the log are one record.
std::vector<KafkaLogEntry> KafkaInstance::log_entries(const std::vector<OutgoingSection>& sections) const {
  std::map<std::int32_t, LogRecord> records;
  for (const OutgoingSection& outgoing : sections) records[settings_.log.partition_of(outgoing.section.shard)].sections.push_back(outgoing.section);
  std::vector<KafkaLogEntry> entries;
  for (auto& [partition, record] : records) {
    record.job_hash = settings_.log.job_hash;
    record.slot = settings_.slot;
    entries.push_back({partition, encode(record), -1});
  }
  return entries;
}

TransactionEnd KafkaInstance::commit(std::vector<OutgoingSection>& sections) {
  SystemClock clock;
  last_commit_ = {};
  const std::int64_t began = clock.monotonic_ns();
  KafkaTransaction transaction;
  transaction.log = log_entries(sections);
  last_commit_.log_ns = clock.monotonic_ns() - began;
  for (const KafkaLogEntry& entry : transaction.log) last_commit_.log_bytes += entry.bytes.size();
  for (OutgoingSection& outgoing : sections) {
    const auto partition = static_cast<std::int32_t>(outgoing.section.shard);
    last_commit_.log_ns += outgoing.log_ns;
    for (std::size_t output = 0; output < outgoing.rows.size(); ++output) {
      last_commit_.row_bytes += outgoing.rows[output].size();
      if (outgoing.rows[output].empty()) continue;
      if (output == settings_.dead_letters)
        add_dead_letters(outgoing.rows[output], partition, transaction.records);
      else if (output == settings_.handed_on)
        add_handed_on(outgoing.rows[output], output, transaction.records);
      else
        transaction.rows.push_back({output, partition, outgoing.rows[output]});
    }
  }
  const TransactionEnd end = transact(transaction);
  last_commit_.times = transaction.times;
  for (OutgoingSection& outgoing : sections) {
    const std::int32_t partition = settings_.log.partition_of(outgoing.section.shard);
    for (const KafkaLogEntry& entry : transaction.log) {
      if (entry.partition == partition) outgoing.offset = entry.offset;
    }
  }
  return end;
}

Result<KafkaInstance::AcquireEnd> KafkaInstance::end_of_check(TransactionEnd end) const {
  if (end == TransactionEnd::kRefused) return AcquireEnd::kStale;
  if (end == TransactionEnd::kCommitted) return AcquireEnd::kDone;
  if (last_error_.kind == ErrorKind::kConfiguration) return std::unexpected(last_error_);
  return AcquireEnd::kDropped;
}

Result<KafkaInstance::AcquireEnd> KafkaInstance::acquire(std::map<std::uint32_t, std::int64_t> from, const std::atomic<bool>& stop,
                                                         std::vector<AcquiredShard>& acquired) {
  if (group_->assignment() == nullptr) return AcquireEnd::kStale;
  served_ = group_->assignment()->number;
  while (!from.empty()) {
    Result<AcquireEnd> end = acquire_once(from, stop, acquired);
    if (!end || *end != AcquireEnd::kDone) return end;
    if (Result<void> served = group_->serve(0); !served) return std::unexpected(served.error());
    if (group_->assignment() == nullptr || group_->assignment()->number != served_) return AcquireEnd::kStale;
    if (stop.load()) return AcquireEnd::kStopped;
  }
  return AcquireEnd::kDone;
}

// One round; shards that are acquired leave `from`.
Result<KafkaInstance::AcquireEnd> KafkaInstance::acquire_once(std::map<std::uint32_t, std::int64_t>& from, const std::atomic<bool>& stop,
                                                              std::vector<AcquiredShard>& acquired) {
  KafkaTransaction probe;
  probe.check = group_->assignment();
  if (Result<AcquireEnd> probed = end_of_check(transact(probe)); !probed || *probed != AcquireEnd::kDone) return probed;
  KafkaLogScan scan(*log_reader_, settings_.log, from);
  if (Result<void> read = scan.advance(); !read) return std::unexpected(read.error());
  const Result<bool> fenced = fence(scan, from);
  if (!fenced) return std::unexpected(fenced.error());
  std::map<std::uint32_t, std::int64_t> seen;
  for (const auto& [shard, offset] : from) seen[shard] = scan.history(shard).last_offset();
  if (*fenced) {  // read_again
    if (Result<void> read = scan.advance(); !read) return std::unexpected(read.error());
    const bool moved = std::any_of(seen.begin(), seen.end(), [&](const auto& last) { return scan.history(last.first).last_offset() != last.second; });
    if (moved) return AcquireEnd::kDone;
  }
  std::map<std::uint32_t, std::int64_t> offsets;
  if (Result<AcquireEnd> taken = take_over(scan, from, offsets); !taken || *taken != AcquireEnd::kDone) return taken;
  const Result<bool> back = read_back(scan, offsets, stop);
  if (!back) return std::unexpected(back.error());
  if (!*back) return AcquireEnd::kStopped;
  for (const auto& [shard, offset] : offsets) {
    // Told by its offset: another's takeover may have the same numbers. A valid one that another followed is lost again.
    ShardHistory& history = scan.history(shard);
    if (history.last_offset() != offset) continue;
    acquired.push_back({shard, history.last_id(), seen[shard], std::move(history)});
    from.erase(shard);
  }
  return AcquireEnd::kDone;
}

// The producers of whoever had a shard last, once for each section that names them; true when there were any. Again in each round, two
// instances that swapped shards would fence each other for ever.
Result<bool> KafkaInstance::fence(KafkaLogScan& scan, const std::map<std::uint32_t, std::int64_t>& from) {
  std::set<std::string> slots;
  for (const auto& [shard, offset] : from) {
    const ShardHistory& history = scan.history(shard);
    if (history.is_empty() || history.last_kind() == SectionKind::kRelease || history.last_slot() == settings_.slot) continue;
    if (fenced_.emplace(shard, history.last_offset()).second) slots.insert(history.last_slot());
  }
  for (const std::string& slot : slots) {
    for (std::size_t number = 0; number < kProducers; ++number) {
      if (Result<void> fenced = fence_producer(settings_.kafka, producer_id(slot, number)); !fenced) return std::unexpected(fenced.error());
    }
  }
  return !slots.empty();
}

Result<KafkaInstance::AcquireEnd> KafkaInstance::take_over(KafkaLogScan& scan, const std::map<std::uint32_t, std::int64_t>& from,
                                                           std::map<std::uint32_t, std::int64_t>& offsets) {
  std::map<std::int32_t, LogRecord> records;
  for (const auto& [shard, offset] : from) {
    const EpochId last = scan.history(shard).last_id();
    if (!scan.history(shard).reaches_back()) {
      return fail(ErrorKind::kData,
                  fmt::format("{}: it no longer holds a section of shard {} to go on from; its retention was too short. Start a new "
                              "job with another name and state.dir",
                              settings_.log.topic, shard));
    }
    LogRecord& record = records[settings_.log.partition_of(shard)];
    record.sections.push_back({shard, SectionKind::kTakeover, {last.owner + 1, last.epoch + 1}, last, {}, {}});
  }
  KafkaTransaction transaction;
  transaction.check = group_->assignment();
  for (auto& [partition, record] : records) {
    record.job_hash = settings_.log.job_hash;
    record.slot = settings_.slot;
    transaction.log.push_back({partition, encode(record), -1});
  }
  const TransactionEnd end = transact(transaction);
  for (const auto& [shard, offset] : from) {
    for (const KafkaLogEntry& entry : transaction.log) {
      if (entry.partition == settings_.log.partition_of(shard)) offsets[shard] = entry.offset;
    }
  }
  return end_of_check(end);
}

// Waits until everything up to the own record is decided, which another's open transaction may hold up: for its time-out, or for ever where a broker
// died between the end of a transaction and its marks. False: stopped.
Result<bool> KafkaInstance::read_back(KafkaLogScan& scan, const std::map<std::uint32_t, std::int64_t>& offsets, const std::atomic<bool>& stop) {
  const auto behind = [&](const auto& own) { return scan.position(own.first) <= own.second; };
  SystemClock clock;
  const std::int64_t until_ns = clock.monotonic_ns() + kDecidedWithinNs;
  for (;;) {
    if (Result<void> read = scan.advance(); !read) return std::unexpected(read.error());
    const auto waiting = std::find_if(offsets.begin(), offsets.end(), behind);
    if (waiting == offsets.end()) return true;
    if (stop.load()) return false;
    if (clock.monotonic_ns() >= until_ns) {
      return fail(
          ErrorKind::kExternal,
          fmt::format("{}[{}]: offset {} is not decided after a minute, since a transaction that began before it is open still; the brokers must "
                      "end it (kafka-transactions.sh describe and find-hanging tell of it)",
                      settings_.log.topic, settings_.log.partition_of(waiting->first), waiting->second),
          Retry::kLater);
    }
    // Served, so that the slot stays a member; what it says of the assignment is looked at afterwards.
    if (Result<void> served = group_->serve(kServeMs); !served) return std::unexpected(served.error());
  }
}

}  // namespace reckoner
