// Adding to the 128-bit sums of the conservation report.
#pragma once

#include "engine/decision_record.hpp"
#include "engine/int128.hpp"

namespace reckoner {

[[nodiscard]] inline Int128 to_int128(const WideSum& sum) { return (static_cast<Int128>(sum.high) << 64) | static_cast<Int128>(sum.low); }

inline void add(WideSum& sum, Int128 value) {
  const Int128 total = to_int128(sum) + value;
  sum.high = static_cast<std::int64_t>(total >> 64);
  sum.low = static_cast<std::uint64_t>(total);
}

}  // namespace reckoner
