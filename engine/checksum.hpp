// The project's one 64-bit checksum, XXH3-64 with seed 0. Stored in the commit log, in file identities and in output hashes: do not change
// it. It tells damage and accident, not malice.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace reckoner {

[[nodiscard]] std::uint64_t checksum(std::span<const char> bytes);

// The same over bytes that arrive in pieces. Not thread-safe.
class ChecksumStream {
 public:
  ChecksumStream();
  void add(std::span<const char> bytes);
  [[nodiscard]] std::uint64_t value() const;  // of everything added so far
  void reset();

 private:
  struct State;
  struct Free {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, Free> state_;
};

}  // namespace reckoner
