#include "engine/page_ahead.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "engine/huge_memory.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"

namespace reckoner::testing {

namespace {

bool is_resident(std::byte* page) {
  std::vector<unsigned char> small(kHugePageBytes / static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  REQUIRE(mincore(page, kHugePageBytes, small.data()) == 0);
  return std::all_of(small.begin(), small.end(), [](unsigned char state) { return (state & 1U) != 0; });
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
  while (!is_resident(page(1)) || !is_resident(page(2))) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(page(2)[7] == std::byte{42});
  CHECK(page(1)[0] == std::byte{0});
  CHECK_FALSE(is_resident(page(0)));
  CHECK_FALSE(is_resident(page(3)));
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
