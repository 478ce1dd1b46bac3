// A source whose records are strings that a test gives, one partition at a time, as much of each available as the test says.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/record_block.hpp"
#include "engine/source.hpp"

namespace reckoner::testing {

class FakeSource final : public Source {
 public:
  struct Partition {
    std::vector<std::string> records;         // without line ends
    std::size_t available = ~std::size_t{0};  // read() serves no record from here on
    bool ended = true;
    bool visible = true;    // discover() does not report it while false
    std::string name{};     // "input-partition" unless given
    std::string failure{};  // when not empty, read() fails with this text after the available records
  };

  // Partitions of an input are numbered in the order in which they are added.
  PartitionId add(InputId input, Partition partition);
  PartitionId add(InputId input, std::vector<std::string> records) { return add(input, Partition{.records = std::move(records)}); }
  [[nodiscard]] Partition& at(PartitionId id);

  [[nodiscard]] Result<std::vector<PartitionInfo>> discover(const std::vector<PartitionInfo>& known) override;
  [[nodiscard]] Result<bool> has_ended(PartitionId partition) override;
  // Serves records until `bytes` are reached, at least one.
  [[nodiscard]] Result<bool> read(PartitionId partition, Position from, std::size_t bytes, RecordBlock& block) override;

 private:
  struct State {
    Partition partition;
    bool reported = false;
  };
  std::map<PartitionId, State> states_;
};

}  // namespace reckoner::testing
