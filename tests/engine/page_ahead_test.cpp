#include "engine/page_ahead.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/checkpoint_store.hpp"
#include "engine/huge_memory.hpp"
#include "engine/slab.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"

namespace reckoner::testing {

namespace {

bool is_resident(std::byte* page) {
  std::vector<unsigned char> small(kHugePageBytes / static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  REQUIRE(mincore(page, kHugePageBytes, small.data()) == 0);
  return std::all_of(small.begin(), small.end(), [](unsigned char state) { return (state & 1U) != 0; });
}

void wait_for(std::byte* page) {
  for (int i = 0; i < 30'000 && !is_resident(page); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE(is_resident(page));
}

bool kernel_knows() {
  const HugeMemory memory = allocate_huge(kHugePageBytes, "a test");
  return madvise(memory.get(), kHugePageBytes, MADV_POPULATE_WRITE) == 0;
}

}  // namespace

TEST_CASE("the page asked for is there before it is touched, the others are not, and what it held stays", "[threaded]") {
  if (!kernel_knows()) {
    skip_test("the kernel does not fault in pages on request (before 5.14)");
    return;
  }
  const HugeMemory memory = allocate_huge(4 * kHugePageBytes, "a test");
  const auto page = [&](std::size_t number) { return memory.get() + number * kHugePageBytes; };
  page(2)[7] = std::byte{42};
  fault_ahead(page(1));
  fault_ahead(page(2));
  wait_for(page(1));
  wait_for(page(2));
  CHECK(page(2)[7] == std::byte{42});
  CHECK(page(1)[0] == std::byte{0});
  CHECK_FALSE(is_resident(page(0)));
  CHECK_FALSE(is_resident(page(3)));
}

TEST_CASE("state that grows has its next page at hand, and parts of a checkpoint that are expected as well", "[threaded]") {
  if (!kernel_knows()) {
    skip_test("the kernel does not fault in pages on request (before 5.14)");
    return;
  }
  constexpr std::uint32_t kCellBytes = 1024;
  constexpr std::uint32_t kCellsOfPage = kHugePageBytes / kCellBytes;
  Slab slab(kCellBytes);
  for (std::uint32_t i = 0; i < kCellsOfPage; ++i) static_cast<void>(slab.allocate());
  CHECK_FALSE(is_resident(slab.at(kCellsOfPage)));  // a small job touches what it uses
  static_cast<void>(slab.allocate());               // the first of the second page
  wait_for(slab.at(2 * kCellsOfPage));
  CHECK_FALSE(is_resident(slab.at(3 * kCellsOfPage)));

  PartMemory memory;
  memory.expect(8 * kHugePageBytes);
  std::byte* const first = memory.take();
  wait_for(first + kHugePageBytes);
  CHECK_FALSE(is_resident(first + 2 * kHugePageBytes));
  memory.expect(8 * kHugePageBytes);
  wait_for(first + 2 * kHugePageBytes);
  CHECK_FALSE(is_resident(first + 3 * kHugePageBytes));
}

TEST_CASE("memory may go while its pages are asked for", "[threaded]") {
  for (int i = 0; i < 200; ++i) {
    const HugeMemory memory = allocate_huge(2 * kHugePageBytes, "a test");
    fault_ahead(memory.get());
    fault_ahead(memory.get() + kHugePageBytes);
    if (i % 2 == 0) std::this_thread::yield();
  }
  SUCCEED("nothing was left behind");
}

}  // namespace reckoner::testing
