// Inputs whose records a job makes by itself, from what its key kinds found in a round, for key kinds that look at nothing else: they are processed
// after all others, in a round of their own. The order of derived records is that of the records behind them, whatever the number of shards
// and wherever rounds are cut. Belongs to the job's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/derived_source.hpp"
#include "engine/round.hpp"
#include "engine/shard.hpp"

namespace reckoner {

struct DerivedInput {
  InputId input = 0;
  Schema schema;
  std::vector<std::vector<std::uint32_t>> key_fields;  // by key kind; empty = no such key
};

class DerivedInputs {
 public:
  // `sources`: of those that key kinds do not make.
  DerivedInputs(std::vector<DerivedInput> inputs, std::size_t key_kinds, std::vector<std::unique_ptr<DerivedSource>> sources);

  // The records that the shards made while they processed `round`, which are forgotten there, and those of the sources. Null when there are none.
  // Lives until the next call.
  [[nodiscard]] Round* gather(std::span<const std::unique_ptr<Shard>> shards, const Round& round);

  // How many records there were of each input, and what the sources keep, for a checkpoint, and back.
  [[nodiscard]] std::string state() const;
  void restore(std::string_view state);
  [[nodiscard]] std::vector<std::string> left_out() const;

 private:
  struct Found {
    const DerivedRecords* records;
    const DerivedRecords::Row* row;
    std::size_t kind;
  };
  static bool comes_first(const Found& left, const Found& right);
  void begin(const Round& round);
  void add(const Found& found, const Round& round);
  [[nodiscard]] std::size_t place_of(InputId input) const { return input - inputs_.front().input; }

  std::vector<DerivedInput> inputs_;  // their numbers follow one another
  std::size_t key_kinds_;
  std::vector<std::unique_ptr<DerivedSource>> sources_;
  std::vector<DerivedRecords> of_sources_;           // in the round at hand
  std::vector<std::uint64_t> made_;                  // by input, since the job was created
  std::vector<Found> found_;                         // of the round at hand
  std::vector<std::shared_ptr<KeyedBlock>> blocks_;  // by input
  Round round_;
};

}  // namespace reckoner
