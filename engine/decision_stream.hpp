// Decision records one behind the other, as a log holds them that is read in order: what did not change since the record before is left out, since a
// shard that is handed records by all others has a partition for each of them, of which an epoch moves few. docs/formats.md has the form.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Whether the record can be read without the ones before it.
[[nodiscard]] bool is_whole(std::span<const char> bytes);

class DecisionWriter {
 public:
  static constexpr std::size_t kChangesMax = 63;  // records with changes alone, one after the other
  static constexpr std::size_t kWorthwhile = 4;   // partitions that did not change: with fewer a record is written whole

  // Of the record that follows the one before. The first one is whole.
  [[nodiscard]] std::string write(const DecisionRecord& record);
  void write_next_whole() { changes_ = kChangesMax; }

 private:
  std::vector<PartitionProgress> last_;
  std::size_t changes_ = 0;  // since a whole one
};

class DecisionReader {
 public:
  // kCorruption when it cannot be read, or holds changes and is the first.
  [[nodiscard]] Result<DecisionRecord> read(std::span<const char> bytes);

 private:
  std::optional<std::vector<PartitionProgress>> last_;
};

}  // namespace reckoner
