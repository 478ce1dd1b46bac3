#include "engine/operator.hpp"

namespace reckoner {

void StateWriter::put(std::string_view part, std::span<const char> value) { parts_.put(prefix_ + std::string(part), value); }

void StateWriter::remove(std::string_view part) { parts_.remove(prefix_ + std::string(part)); }

}  // namespace reckoner
