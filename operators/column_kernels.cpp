#include "operators/column_kernels.hpp"

#include <immintrin.h>

#include <limits>

#include "engine/check.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kLanes = 4;  // 64-bit cells in an AVX2 register

__m256i load(const std::int64_t* cells) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(cells)); }

template <typename Lane>
Mask mask_of(std::size_t rows, Lane&& lane) {
  Mask mask;
  for (std::size_t word = 0; word * 64 < rows; ++word) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; i += kLanes) {
      const __m256i hit = lane(word * 64 + i);
      bits |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(hit)))) << i;
    }
    mask.words[word] = bits;
  }
  return mask & Mask::first(rows);
}

Mask equal(const std::int64_t* left, const std::int64_t* right, std::size_t rows) {
  return mask_of(rows, [&](std::size_t at) { return _mm256_cmpeq_epi64(load(left + at), load(right + at)); });
}

Mask greater(const std::int64_t* left, const std::int64_t* right, std::size_t rows) {
  return mask_of(rows, [&](std::size_t at) { return _mm256_cmpgt_epi64(load(left + at), load(right + at)); });
}

// One cell after the other; `step` returns false where there is no result.
template <typename Step>
Mask each(std::size_t rows, std::int64_t* out, Step&& step) {
  Mask failed;
  for (std::size_t row = 0; row < rows; ++row) {
    out[row] = 0;
    if (!step(row, out[row])) [[unlikely]]
      failed.set(row);
  }
  return failed;
}

}  // namespace

Mask compare(Operation operation, const std::int64_t* left, const std::int64_t* right, std::size_t rows) {
  switch (operation) {
    case Operation::kEqual:
      return equal(left, right, rows);
    case Operation::kNotEqual:
      return Mask::first(rows) - equal(left, right, rows);
    case Operation::kGreater:
      return greater(left, right, rows);
    case Operation::kLess:
      return greater(right, left, rows);
    case Operation::kLessOrEqual:
      return Mask::first(rows) - greater(left, right, rows);
    case Operation::kGreaterOrEqual:
      return Mask::first(rows) - greater(right, left, rows);
    default:
      RECKONER_UNREACHABLE("not a comparison");
  }
}

Mask nonzero(const std::int64_t* values, std::size_t rows) {
  const __m256i zero = _mm256_setzero_si256();
  return Mask::first(rows) - mask_of(rows, [&](std::size_t at) { return _mm256_cmpeq_epi64(load(values + at), zero); });
}

Mask binary(Operation operation, const std::int64_t* left, const std::int64_t* right, int scale_up, std::int64_t* out, std::size_t rows) {
  switch (operation) {
    case Operation::kAdd:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return add_exact(left[row], right[row], cell); });
    case Operation::kSubtract:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return subtract_exact(left[row], right[row], cell); });
    case Operation::kMultiply:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return multiply_exact(left[row], right[row], cell); });
    case Operation::kDivide:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return divide_rounded(left[row], right[row], scale_up, cell); });
    case Operation::kIntegerDivide:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return divide_floor(left[row], right[row], cell); });
    case Operation::kModulo:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return modulo_floor(left[row], right[row], cell); });
    default:
      RECKONER_UNREACHABLE("not arithmetic on two numbers");
  }
}

Mask unary(Operation operation, const std::int64_t* values, int scale_from, int scale_to, std::int64_t* out, std::size_t rows) {
  switch (operation) {
    case Operation::kNegate:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return subtract_exact(0, values[row], cell); });
    case Operation::kAbsolute:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) {
        return values[row] >= 0 ? (cell = values[row], true) : subtract_exact(0, values[row], cell);
      });
    case Operation::kRescale:
      return each(rows, out, [&](std::size_t row, std::int64_t& cell) { return rescale(values[row], scale_from, scale_to, cell); });
    default:
      RECKONER_UNREACHABLE("not arithmetic on one number");
  }
}

}  // namespace reckoner
