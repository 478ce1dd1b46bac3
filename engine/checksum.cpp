#include "engine/checksum.hpp"

#include "engine/check.hpp"
#include "engine/xxh3.hpp"

namespace reckoner {

struct ChecksumStream::State {
  XXH3_state_t* xxh3 = nullptr;
};

std::uint64_t checksum(std::span<const char> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

ChecksumStream::ChecksumStream() : state_(new State{XXH3_createState()}) {
  RECKONER_CHECK(state_->xxh3 != nullptr, "out of memory");
  reset();
}

void ChecksumStream::add(std::span<const char> bytes) { XXH3_64bits_update(state_->xxh3, bytes.data(), bytes.size()); }

std::uint64_t ChecksumStream::value() const { return XXH3_64bits_digest(state_->xxh3); }

void ChecksumStream::reset() { XXH3_64bits_reset(state_->xxh3); }

void ChecksumStream::Free::operator()(State* state) const {
  XXH3_freeState(state->xxh3);
  delete state;
}

}  // namespace reckoner
