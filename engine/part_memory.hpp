// Memory that the parts of checkpoints are copied into, in blocks of a huge page. It stays from one checkpoint to the next: giving 300 MB back
// and faulting it in again costs more than filling it. Lists that are filled side by side share one, since nobody knows before how much goes
// into which. One thread at a time.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/huge_memory.hpp"

namespace reckoner {

class PartMemory {
 public:
  static constexpr std::size_t kBlockBytes = kHugePageBytes;  // parts are read in key order, often far apart from each other

  // So many bytes may be in use at once: has address space for them, and each call makes a block of it ready in the background, until as many
  // are. So whoever calls it now and then has it all ready in time, at no moment's great cost.
  void expect(std::size_t bytes);
  [[nodiscard]] std::byte* take();  // a block, the last that was given back first
  void give_back(std::byte* block);
  [[nodiscard]] std::size_t bytes() const { return ready_ * kBlockBytes; }  // in use, used before or made ready

 private:
  void add_blocks(std::size_t count, Pages pages);

  std::vector<HugeMemory> memory_;  // of blocks
  std::vector<std::byte*> blocks_;
  std::size_t taken_ = 0;         // blocks that were ever taken: the first ones
  std::size_t ready_ = 0;         // blocks that were ever taken or asked for, the first ones as well
  std::vector<std::byte*> free_;  // given back
};

}  // namespace reckoner
