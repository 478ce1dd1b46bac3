// Rows on their way out of a shard: whole JSON lines, one buffer an output. When several operators write to one output, of one key kind or of
// several, each row is tagged with its place in recorded order and the shard merges them, so that their order does not depend on where batches
// end.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/byte_buffer.hpp"
#include "engine/row_order.hpp"
#include "engine/row_writer.hpp"

namespace reckoner {

// The outputs of every job. Values are stored in decision records and name files: do not renumber.
enum class OutputId : std::uint16_t { kTotals = 0, kScores = 1, kAlerts = 2, kLate = 3, kDeadLetters = 4, kDuplicates = 5 };
inline constexpr std::size_t kOutputs = 6;
[[nodiscard]] std::string_view to_text(OutputId output);

class Outputs {
 public:
  // One key kind's side of a shard; `tagged` when rows must be merged.
  explicit Outputs(bool tagged) : tagged_(tagged) {}

  // Buffer to write one row into; done() must follow.
  [[nodiscard]] ByteBuffer& begin_row(OutputId output) { return lanes_[static_cast<std::size_t>(output)].bytes; }
  void end_row(OutputId output, RowOrder order);

  struct Tag {
    RowOrder order;
    std::uint64_t end = 0;  // of the row in bytes
  };
  struct Lane {
    ByteBuffer bytes;
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

// Appends the tagged rows of `kinds`, merged by order (ties: the kind that comes first, then what was written first), to `into`. Returns how many.
std::uint64_t merge_rows(std::span<Outputs* const> kinds, std::size_t output, ByteBuffer& into);

}  // namespace reckoner
