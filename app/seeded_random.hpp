// Numbers that look random and are the same everywhere: splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
// For made-up input data only; nothing that decides an output may use it. Not for secrets. One thread at a time.
#pragma once

#include <cstdint>

namespace reckoner {

class SeededRandom {
 public:
  explicit constexpr SeededRandom(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // In [0, limit): the upper half of a 128-bit product. `limit` 0 gives 0.
  constexpr std::uint64_t below(std::uint64_t limit) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * limit) >> 64);
  }

  // In [low, high], both included; `low` must not be above `high`.
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }

  // True `share` times in `whole`.
  constexpr bool chance(std::uint64_t share, std::uint64_t whole) { return below(whole) < share; }

 private:
  std::uint64_t state_;
};

// One number scattered over all 64 bits, without a stream to keep.
constexpr std::uint64_t scatter(std::uint64_t value) { return SeededRandom(value).next(); }

}  // namespace reckoner
