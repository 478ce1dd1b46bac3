#include "engine/watermark.hpp"

#include "support/catch.hpp"

namespace reckoner {
namespace {

constexpr PartitionId kFirst{0, 0};
constexpr PartitionId kSecond{0, 1};
constexpr PartitionId kOther{1, 0};

// Two inputs with bounds of 10 and 5; groups of the first one, and of both.
Watermarks two_inputs() {
  Watermarks watermarks({10, 5}, {{0}, {0, 1}});
  for (const PartitionId id : {kFirst, kSecond, kOther}) watermarks.add_partition(id);
  return watermarks;
}

}  // namespace

TEST_CASE("A watermark is the least of the highest times, less the bound, and never goes back") {
  Watermarks watermarks = two_inputs();
  watermarks.set(kFirst, 100, kNoWatermark, false);
  CHECK(watermarks.input(0) == kNoWatermark);  // nothing is known of the second one
  watermarks.set(kSecond, 50, kNoWatermark, false);
  CHECK(watermarks.group(0) == 40);
  CHECK(watermarks.group(1) == kNoWatermark);
  watermarks.set(kOther, 42, kNoWatermark, false);
  CHECK(watermarks.group(1) == 37);
  watermarks.set(kSecond, 50, 80, false);  // its next record is known
  CHECK(watermarks.group(0) == 70);
  watermarks.set(kSecond, 50, kNoWatermark, false);
  CHECK(watermarks.group(0) == 70);
}

TEST_CASE("A released partition or input holds nothing back until it speaks again, and alone moves nothing") {
  Watermarks watermarks = two_inputs();
  watermarks.set(kFirst, 100, kNoWatermark, false);
  watermarks.set(kSecond, 50, kNoWatermark, true);
  CHECK(watermarks.group(0) == 90);
  CHECK(watermarks.group(1) == kNoWatermark);
  watermarks.set(kOther, kNoWatermark, kNoWatermark, true);
  CHECK(watermarks.group(1) == 90);
  watermarks.set(kFirst, 120, kNoWatermark, true);
  CHECK(watermarks.group(0) == 90);
  watermarks.set(kSecond, 105, kNoWatermark, false);
  CHECK(watermarks.group(0) == 95);
}

}  // namespace reckoner
