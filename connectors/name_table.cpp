#include "connectors/name_table.hpp"

#include <bit>
#include <utility>

#include "engine/check.hpp"

namespace reckoner {

NameTable::NameTable(std::vector<std::string> names) : names_(std::move(names)) {
  const std::size_t slots = std::bit_ceil(names_.size() * 2 + 2);
  RECKONER_CHECK(slots < (std::size_t{1} << 31U), "{} names", names_.size());
  slots_.resize(slots);
  mask_ = slots - 1;
  shift_ = 64U - static_cast<unsigned>(std::bit_width(mask_));
  for (std::uint32_t position = 0; position < names_.size(); ++position) {
    if (find(names_[position])) continue;
    const TextKey key(names_[position]);
    std::uint64_t at = key.hash() >> shift_;
    while (slots_[at].used) at = (at + 1) & mask_;
    slots_[at] = {key, position, true};
  }
}

}  // namespace reckoner
