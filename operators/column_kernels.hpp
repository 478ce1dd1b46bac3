// Loops over columns of a batch: comparisons into masks, arithmetic into columns. A column has room for kBatchRows cells, and cells past
// `rows` may be read and written, with no meaning.
#pragma once

#include <cstdint>

#include "engine/mask.hpp"
#include "operators/expression.hpp"

namespace reckoner {

// `operation` is one of the six comparisons. Rows past `rows` are not in the result.
[[nodiscard]] Mask compare(Operation operation, const std::int64_t* left, const std::int64_t* right, std::size_t rows);
[[nodiscard]] Mask nonzero(const std::int64_t* values, std::size_t rows);

// Rows in which the result does not exist (overflow, division by zero); their cells mean nothing.
[[nodiscard]] Mask binary(Operation operation, const std::int64_t* left, const std::int64_t* right, int scale_up, std::int64_t* out,
                          std::size_t rows);
[[nodiscard]] Mask unary(Operation operation, const std::int64_t* values, int scale_from, int scale_to, std::int64_t* out, std::size_t rows);

}  // namespace reckoner
