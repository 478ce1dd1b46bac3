// Records in memory, one partition an input: what a rehearsal reads. Single-threaded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/source.hpp"

namespace reckoner {

class MemorySource final : public Source {
 public:
  explicit MemorySource(std::size_t inputs) : inputs_(inputs) {}

  // So many records of the input are there in the end: then its partition has ended.
  void announce(InputId input, std::uint64_t records) { inputs_[input].announced += records; }
  void add(InputId input, std::string_view line);

  // A partition is there once it has a record.
  [[nodiscard]] Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>& known) override;
  [[nodiscard]] Result<bool> has_ended(PartitionId partition) override;
  [[nodiscard]] Result<bool> read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) override;

 private:
  struct Input {
    std::string text;  // whole lines
    std::uint64_t records = 0;
    std::uint64_t announced = 0;
  };
  std::vector<Input> inputs_;
};

}  // namespace reckoner
