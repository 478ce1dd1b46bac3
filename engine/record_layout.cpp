#include "engine/record_layout.hpp"

#include <bit>

#include "engine/check.hpp"

namespace reckoner {

namespace {
constexpr std::size_t kRecordBytesMaximum = 1U << 16U;
}

std::uint32_t RecordLayout::add(std::size_t bytes, std::size_t alignment) {
  RECKONER_CHECK(std::has_single_bit(alignment) && alignment <= kRecordAlignment, "alignment {}", alignment);
  used_ = (used_ + alignment - 1) & ~(alignment - 1);
  const auto offset = static_cast<std::uint32_t>(used_);
  used_ += bytes;
  RECKONER_CHECK(used_ <= kRecordBytesMaximum, "a key's record of {} bytes", used_);
  return offset;
}

}  // namespace reckoner
