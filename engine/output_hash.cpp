#include "engine/output_hash.hpp"

#include <xxhash.h>

#include "engine/check.hpp"

namespace reckoner {

struct OutputHash::State {
  XXH3_state_t* hash = XXH3_createState();
  State() { RECKONER_CHECK(hash != nullptr && XXH3_64bits_reset(hash) == XXH_OK, "hash state"); }
  ~State() { XXH3_freeState(hash); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

OutputHash::OutputHash() : state_(std::make_unique<State>()) {}
OutputHash::~OutputHash() = default;

void OutputHash::add(std::span<const char> bytes) {
  if (bytes.empty()) return;
  empty_ = false;
  RECKONER_CHECK(XXH3_64bits_update(state_->hash, bytes.data(), bytes.size()) == XXH_OK, "hash of {} bytes", bytes.size());
}

std::uint64_t OutputHash::take() {
  if (empty_) return 0;
  const std::uint64_t hash = XXH3_64bits_digest(state_->hash);
  RECKONER_CHECK(XXH3_64bits_reset(state_->hash) == XXH_OK, "hash state");
  empty_ = true;
  return hash;
}

}  // namespace reckoner
