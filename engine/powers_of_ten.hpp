// 10^0 to 10^18: all that fit 63 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace reckoner {

inline constexpr int kPowerOfTenMax = 18;
inline constexpr std::array<std::int64_t, kPowerOfTenMax + 1> kPowersOfTen = [] {
  std::array<std::int64_t, kPowerOfTenMax + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

}  // namespace reckoner
