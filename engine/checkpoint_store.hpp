// Port: keeps copies of the state, each of one epoch's end, whole or not at all. A copy is a set of (key, value) parts that changed since
// the copy before, applied in one atomic step together with its header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decision_record.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Parts gathered by one shard for one checkpoint, in any order; a key occurs once. Keys are unique over all shards (they begin with the
// shard). Appending never throws away what was there; memory is reused by clear().
class CheckpointParts {
 public:
  struct Part {
    std::uint64_t key_offset = 0;
    std::uint64_t value_offset = 0;
    std::uint32_t key_bytes = 0;
    std::uint32_t value_bytes = 0;
    bool deleted = false;
  };

  void put(std::span<const char> key, std::span<const char> value);
  void remove(std::span<const char> key);
  void clear();
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] std::string_view key(const Part& part) const { return {bytes_.data() + part.key_offset, part.key_bytes}; }
  [[nodiscard]] std::string_view value(const Part& part) const { return {bytes_.data() + part.value_offset, part.value_bytes}; }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

 private:
  std::vector<char> bytes_;
  std::vector<Part> parts_;
};

inline constexpr std::uint64_t kPartsUncounted = ~std::uint64_t{0};

// Names a copy. `record` is the whole decision record of the epoch at whose end it was taken: positions, watermarks and counts are in it.
struct CheckpointHeader {
  DecisionRecord record;
  std::string engine_state;               // what the engine keeps beside keyed parts, opaque here
  std::uint64_t parts = kPartsUncounted;  // live parts after this copy, where the writer counts them: the store then checks it
  friend bool operator==(const CheckpointHeader&, const CheckpointHeader&) = default;
};

struct CheckpointInfo {
  std::uint64_t number = 0;  // grows by one a copy
  EpochId id;
  std::uint64_t bytes = 0;
  bool usable = true;
  std::string problem;  // why not usable
};

class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  // Applies `shards` on top of the newest copy, atomically with the header. Called in a background thread, one call at a time. Only
  // committed epochs are ever given to it.
  [[nodiscard]] virtual Result<void> write(const CheckpointHeader& header, std::span<const CheckpointParts* const> shards) = 0;

  // The newest usable copy whose id `is_committed` confirms; copies newer than it that are torn, damaged or unconfirmed are set aside
  // and named in `warnings`. nullopt = none: replay from the start. visitor gets every live part, in key order; views live during the call.
  using PartVisitor = std::function<Result<void>(std::string_view key, std::string_view value)>;
  [[nodiscard]] virtual Result<std::optional<CheckpointHeader>> restore(const std::function<bool(EpochId)>& is_committed, const PartVisitor& visitor,
                                                                        std::vector<std::string>& warnings) = 0;

  [[nodiscard]] virtual Result<std::vector<CheckpointInfo>> list(bool verify) = 0;
  // Makes copy `number` the newest, setting aside those after it.
  [[nodiscard]] virtual Result<void> roll_back_to(std::uint64_t number) = 0;
  [[nodiscard]] virtual EpochId oldest_kept() const = 0;  // the commit log must reach back to it
};

}  // namespace reckoner
