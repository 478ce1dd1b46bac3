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
#include "engine/huge_memory.hpp"
#include "engine/part_memory.hpp"

namespace reckoner {

// Parts gathered for one checkpoint; a key occurs once. Keys are unique over all parts of a checkpoint (they begin with the shard).
// Parts given in key order cost the store no sorting. What was put stays where it is until clear(), which gives the memory back.
class CheckpointParts {
 public:
  explicit CheckpointParts(std::shared_ptr<PartMemory> memory = std::make_shared<PartMemory>()) : memory_(std::move(memory)) {}

  struct Part {
    const char* key = nullptr;  // the value follows it
    std::uint32_t key_bytes = 0;
    std::uint32_t value_bytes = 0;
    bool deleted = false;
  };

  void put(std::span<const char> key, std::span<const char> value);
  // The same, with the value to be filled in by the caller.
  [[nodiscard]] char* put_empty(std::span<const char> key, std::size_t value_bytes);
  void remove(std::span<const char> key);
  void clear();
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Part& part(std::size_t index) const { return lists_[index / kPartsPerList][index % kPartsPerList]; }
  [[nodiscard]] static std::string_view key(const Part& part) { return {part.key, part.key_bytes}; }
  [[nodiscard]] static std::string_view value(const Part& part) { return {part.key + part.key_bytes, part.value_bytes}; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t beside_bytes() const;  // of what it keeps beside its PartMemory

 private:
  static constexpr std::size_t kPartsPerList = 1024;  // small enough to be had without a pause
  char* take(std::size_t bytes);

  std::shared_ptr<PartMemory> memory_;
  std::vector<std::byte*> blocks_;  // of it; the last is being filled
  std::size_t block_used_ = PartMemory::kBlockBytes;
  std::vector<HugeMemory> large_;  // parts too large for a block, one each
  std::vector<std::unique_ptr<Part[]>> lists_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

// Some of the parts that one shard has for a copy.
struct CheckpointPortion {
  const CheckpointParts* ordered;  // in key order, all behind those of the shard's portions before
  const CheckpointParts* early;    // in any order, all behind the ordered ones of the portions before
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

  // For a copy that is too large to have all its parts in memory at once: begin(), then add() them, then write(). Nothing of them counts before
  // write(); those of a copy that was begun before, and not written, are gone.
  virtual void begin() = 0;
  // A portion of each shard, always of the same shards in the same order. Their ordered parts are done with when it returns; the early ones
  // stay until write() has returned.
  [[nodiscard]] virtual Result<void> add(std::span<const CheckpointPortion> portions) = 0;
  // Applies what was added, or `parts` where nothing was, on top of the newest copy, atomically with the header. Only committed epochs are ever
  // given to it. add() and write() are called in a background thread, and no two calls of all these at a time.
  [[nodiscard]] virtual Result<void> write(const CheckpointHeader& header, std::span<const CheckpointParts* const> parts) = 0;

  // The newest usable copy whose record `is_committed` confirms; copies newer than it that are torn, damaged or unconfirmed are set aside
  // and named in `warnings`. nullopt = none: replay from the start. visitor gets every live part, in key order; views live during the call.
  // A copy is told by its whole record, since an epoch of the same number may be in another log.
  using IsCommitted = std::function<bool(const DecisionRecord&)>;
  using PartVisitor = std::function<Result<void>(std::string_view key, std::string_view value)>;
  [[nodiscard]] virtual Result<std::optional<CheckpointHeader>> restore(const IsCommitted& is_committed, const PartVisitor& visitor,
                                                                        std::vector<std::string>& warnings) = 0;

  [[nodiscard]] virtual Result<std::vector<CheckpointInfo>> list(bool verify) = 0;
  // Makes copy `number` the newest, setting aside those after it.
  [[nodiscard]] virtual Result<void> roll_back_to(std::uint64_t number) = 0;
  [[nodiscard]] virtual EpochId oldest_kept() const = 0;  // the commit log must reach back to it
};

}  // namespace reckoner
