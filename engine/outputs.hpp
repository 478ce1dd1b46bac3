// Rows on their way out of a shard: whole JSON lines, one buffer an output. When several key kinds write to a shard, a writer tags each row
// with its place in recorded order and the shard merges the kinds, so that the order of rows does not depend on where batches end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/value_type.hpp"

namespace reckoner {

// The outputs of every job. Values are stored in decision records and name files: do not renumber.
enum class OutputId : std::uint16_t { kTotals = 0, kScores = 1, kAlerts = 2, kLate = 3, kDeadLetters = 4, kDuplicates = 5 };
inline constexpr std::size_t kOutputs = 6;
[[nodiscard]] std::string_view to_text(OutputId output);

// Builds one line. Field names must need no escaping (they are checked where rule sets are loaded).
class RowWriter {
 public:
  explicit RowWriter(std::vector<char>& buffer) : buffer_(buffer) {}

  void begin();
  void end();
  void text(std::string_view name, std::string_view value);  // escaped
  void integer(std::string_view name, std::int64_t value);
  void value(std::string_view name, const ValueType& type, std::int64_t value);  // as a person reads it: decimals and times quoted
  void null(std::string_view name);
  void raw(std::string_view name, std::string_view json);  // ready JSON
  void open(std::string_view name, char bracket);          // nested object or array; name may be empty
  void close(char bracket);
  void element(std::string_view text);    // of an array, escaped
  void verbatim(std::string_view bytes);  // a run of ready ,"name":value pairs

 private:
  void name(std::string_view name);
  std::vector<char>& buffer_;
  bool first_ = true;
};

void append_integer(std::vector<char>& buffer, std::int64_t value);
void append_decimal(std::vector<char>& buffer, std::int64_t unscaled, int scale);
void append_escaped(std::vector<char>& buffer, std::string_view text);

// Order of rows of one output within a shard: the record (or watermark step) that caused it, then the cause's kind, then the key kind.
struct RowOrder {
  std::uint64_t sequence = 0;
  std::uint64_t minor = 0;
};

class Outputs {
 public:
  // One key kind's side of a shard; `tagged` when rows must be merged with other kinds'.
  explicit Outputs(bool tagged) : tagged_(tagged) {}

  // Buffer to write one row into; done() must follow.
  [[nodiscard]] std::vector<char>& begin_row(OutputId output) { return lanes_[static_cast<std::size_t>(output)].bytes; }
  void end_row(OutputId output, RowOrder order);

  struct Tag {
    RowOrder order;
    std::uint64_t end = 0;  // of the row in bytes
  };
  struct Lane {
    std::vector<char> bytes;
    std::vector<Tag> tags;  // empty unless tagged
    std::uint64_t rows = 0;
  };
  [[nodiscard]] Lane& lane(std::size_t output) { return lanes_[output]; }
  [[nodiscard]] const Lane& lane(std::size_t output) const { return lanes_[output]; }
  void clear();

 private:
  bool tagged_;
  std::vector<Lane> lanes_{kOutputs};
};

// Appends the rows of `kinds`, merged by order (ties: the kind that comes first), to `into`. Returns how many.
std::uint64_t merge_rows(std::span<Outputs* const> kinds, std::size_t output, std::vector<char>& into);

}  // namespace reckoner
