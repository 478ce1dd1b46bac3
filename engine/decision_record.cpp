#include "engine/decision_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/check.hpp"
#include "engine/error.hpp"
#include "engine/record_block.hpp"
#include "engine/source.hpp"

namespace reckoner {

namespace {

// docs/formats.md describes the form. Do not change it: add a version.
constexpr std::size_t kNameBytesMax = 4096;
constexpr std::uint64_t kItemsMax = std::uint64_t{1} << 24U;

class Writer {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void flag(bool value) { byte(value ? 1 : 0); }

  void fixed(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(value >> shift));
  }

  void number(std::uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<std::uint8_t>(value | 0x80U));
      value >>= 7U;
    }
    byte(static_cast<std::uint8_t>(value));
  }

  void signed_number(std::int64_t value) { number((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63)); }

  void text(const std::string& value) {
    RECKONER_CHECK(value.size() <= kNameBytesMax, "{} bytes", value.size());
    number(value.size());
    bytes_ += value;
  }

  void count(std::size_t value) {
    RECKONER_CHECK(value <= kItemsMax, "{} items", value);
    number(value);
  }

  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what Writer wrote. After the first bad value everything reads as zero, so that a caller asks once, at the end, whether all was good.
class Reader {
 public:
  explicit Reader(std::span<const char> bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    if (at_ == bytes_.size()) {
      spoil("ends too early");
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }

  bool flag() {
    const std::uint8_t value = byte();
    if (value > 1) spoil("a flag is neither 0 nor 1");
    return value == 1;
  }

  std::uint64_t fixed() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) value |= std::uint64_t{byte()} << shift;
    return value;
  }

  std::uint64_t number(std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t next = byte();
      if (shift == 63 && next > 1) return spoil("a number exceeds 64 bits");
      value |= std::uint64_t{next & 0x7FU} << shift;
      if ((next & 0x80U) != 0) continue;
      // One form a value: what decodes also encodes to the same bytes.
      if (next == 0 && shift != 0) return spoil("a number has a needless byte");
      break;
    }
    return value <= maximum ? value : spoil("a number is out of range");
  }

  template <typename Narrow>
  Narrow narrow() {
    return static_cast<Narrow>(number(std::numeric_limits<Narrow>::max()));
  }

  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1));
  }

  std::string text() {
    const std::uint64_t length = number(kNameBytesMax);
    if (length > bytes_.size() - at_) {
      spoil("ends inside a name");
      return {};
    }
    const std::span<const char> found = bytes_.subspan(at_, length);
    at_ += length;
    return {found.begin(), found.end()};
  }

  // How many items follow, of at least bytes_each: never more than the bytes left could hold, so that a bad count reserves no memory.
  std::size_t count(std::size_t bytes_each) {
    const std::uint64_t value = number(kItemsMax);
    if (value > (bytes_.size() - at_) / bytes_each) {
      spoil("a count exceeds what follows");
      return 0;
    }
    return value;
  }

  void end() {
    if (at_ != bytes_.size()) spoil("has bytes after its end");
  }

  std::uint64_t spoil(const char* problem) {
    if (problem_ == nullptr) {
      problem_ = problem;
      problem_at_ = at_;
    }
    at_ = bytes_.size();
    return 0;
  }

  [[nodiscard]] const char* problem() const { return problem_; }
  [[nodiscard]] std::size_t problem_at() const { return problem_at_; }

 private:
  std::span<const char> bytes_;
  std::size_t at_ = 0;
  std::size_t problem_at_ = 0;
  const char* problem_ = nullptr;
};

void put(Writer& out, const EpochId& id) {
  out.number(id.owner);
  out.number(id.epoch);
}

void put(Writer& out, const PartitionId& id) {
  out.number(id.input);
  out.number(id.partition);
}

void put(Writer& out, const WideSum& sum) {
  out.signed_number(sum.high);
  out.number(sum.low);
}

void put(Writer& out, const PartitionInfo& info) {
  put(out, info.id);
  out.text(info.name);
  out.fixed(info.prefix_hash);
  out.number(info.prefix_bytes);
  out.flag(info.ended);
}

void put(Writer& out, const ReadLimit& limit) {
  put(out, limit.id);
  // kUnlimited wraps to 0, so that it takes one byte.
  out.number(limit.until_record + 1);
}

void put(Writer& out, const ClockDecision& decision) {
  out.byte(static_cast<std::uint8_t>(decision.kind));
  out.number(decision.records);
  put(out, decision.partition);
  out.signed_number(decision.watermark_ms);
}

void put(Writer& out, const Conservation& counts) {
  out.number(counts.read);
  for (const std::uint64_t records : counts.records) out.number(records);
  put(out, counts.read_sum);
  for (const WideSum& sum : counts.sums) put(out, sum);
}

void put(Writer& out, const PartitionProgress& progress) {
  put(out, progress.id);
  out.number(progress.next.record);
  out.number(progress.next.byte);
  out.signed_number(progress.high_ms);
  out.flag(progress.started);
  out.flag(progress.released);
  put(out, progress.counts);
}

void put(Writer& out, const OutputProgress& progress) {
  out.number(progress.output);
  out.number(progress.bytes);
  out.number(progress.rows);
  out.fixed(progress.epoch_hash);
}

void put(Writer& out, std::uint64_t value) { out.number(value); }

void put(Writer& out, const ReadStep& step);
void put(Writer& out, const ShardSection& section);

template <typename Item>
void put(Writer& out, const std::vector<Item>& items) {
  out.count(items.size());
  for (const Item& item : items) put(out, item);
}

void put(Writer& out, const ReadStep& step) {
  put(out, step.limits);
  out.number(step.records);
}

void put(Writer& out, const ShardSection& section) {
  out.number(section.shard);
  put(out, section.outputs);
}

void get(Reader& in, EpochId& id) {
  id.owner = in.number();
  id.epoch = in.number();
}

void get(Reader& in, PartitionId& id) {
  id.input = in.narrow<InputId>();
  id.partition = in.narrow<std::uint32_t>();
}

void get(Reader& in, WideSum& sum) {
  sum.high = in.signed_number();
  sum.low = in.number();
}

void get(Reader& in, PartitionInfo& info) {
  get(in, info.id);
  info.name = in.text();
  info.prefix_hash = in.fixed();
  info.prefix_bytes = in.number();
  info.ended = in.flag();
}

void get(Reader& in, ReadLimit& limit) {
  get(in, limit.id);
  limit.until_record = in.number() - 1;
}

void get(Reader& in, ClockDecision& decision) {
  const std::uint8_t kind = in.byte();
  if (kind < static_cast<std::uint8_t>(ClockDecisionKind::kReleaseIdle) || kind > static_cast<std::uint8_t>(ClockDecisionKind::kEndOfHop)) {
    in.spoil("an unknown clock decision");
    return;
  }
  decision.kind = static_cast<ClockDecisionKind>(kind);
  decision.records = in.number();
  get(in, decision.partition);
  decision.watermark_ms = in.signed_number();
}

void get(Reader& in, Conservation& counts) {
  counts.read = in.number();
  for (std::uint64_t& records : counts.records) records = in.number();
  get(in, counts.read_sum);
  for (WideSum& sum : counts.sums) get(in, sum);
}

void get(Reader& in, PartitionProgress& progress) {
  get(in, progress.id);
  progress.next.record = in.number();
  progress.next.byte = in.number();
  progress.high_ms = in.signed_number();
  progress.started = in.flag();
  progress.released = in.flag();
  get(in, progress.counts);
}

void get(Reader& in, OutputProgress& progress) {
  progress.output = in.narrow<std::uint16_t>();
  progress.bytes = in.number();
  progress.rows = in.number();
  progress.epoch_hash = in.fixed();
}

void get(Reader& in, std::uint64_t& value) { value = in.number(); }

void get(Reader& in, ReadStep& step);
void get(Reader& in, ShardSection& section);

// The fewest bytes that one item takes.
constexpr std::size_t kLimitBytes = 3;
constexpr std::size_t kStepBytes = 2;
constexpr std::size_t kSectionBytes = 2;
constexpr std::size_t kClockBytes = 5;
constexpr std::size_t kInfoBytes = 13;
constexpr std::size_t kProgressBytes = 25;
constexpr std::size_t kOutputBytes = 11;

template <typename Item>
void get(Reader& in, std::vector<Item>& items, std::size_t bytes_each) {
  items.resize(in.count(bytes_each));
  for (Item& item : items) {
    if (in.problem() != nullptr) return;
    get(in, item);
  }
}

void get(Reader& in, ReadStep& step) {
  get(in, step.limits, kLimitBytes);
  step.records = in.number();
}

void get(Reader& in, ShardSection& section) {
  section.shard = in.narrow<std::uint32_t>();
  get(in, section.outputs, kOutputBytes);
}

}  // namespace

std::string encode(const DecisionRecord& record, DecisionForm form) {
  Writer out;
  out.byte(static_cast<std::uint8_t>(form));
  put(out, record.id);
  put(out, record.previous);
  out.fixed(record.plan_hash);
  out.number(record.sequence);
  out.signed_number(record.watermark_ms);
  put(out, record.new_partitions);
  put(out, record.steps);
  put(out, record.clock);
  put(out, record.future_records);
  put(out, record.partitions);
  put(out, record.sections);
  return out.take();
}

Result<DecisionRecord> decode_decision_record(std::span<const char> bytes, DecisionForm form) {
  Reader in(bytes);
  const std::uint8_t version = in.byte();
  const auto expected = static_cast<std::uint8_t>(form);
  if (version != expected && in.problem() == nullptr) {
    return fail(ErrorKind::kCorruption,
                fmt::format("decision record of version {}, where {} is expected; use the program that wrote it", version, expected));
  }
  DecisionRecord record;
  get(in, record.id);
  get(in, record.previous);
  record.plan_hash = in.fixed();
  record.sequence = in.number();
  record.watermark_ms = in.signed_number();
  get(in, record.new_partitions, kInfoBytes);
  get(in, record.steps, kStepBytes);
  get(in, record.clock, kClockBytes);
  get(in, record.future_records, 1);
  get(in, record.partitions, kProgressBytes);
  get(in, record.sections, kSectionBytes);
  in.end();
  if (in.problem() != nullptr) {
    return fail(ErrorKind::kCorruption,
                fmt::format("decision record of {} bytes {} at byte {}; restore the log from a copy", bytes.size(), in.problem(), in.problem_at()));
  }
  return record;
}

}  // namespace reckoner
