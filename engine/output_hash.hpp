// XXH3-64 over bytes that come in pieces: what a decision record says of an epoch's output.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace reckoner {

class OutputHash {
 public:
  OutputHash();
  ~OutputHash();
  void add(std::span<const char> bytes);
  // Of what was added since the last take(); 0 when nothing was.
  [[nodiscard]] std::uint64_t take();

 private:
  struct State;
  std::unique_ptr<State> state_;
  bool empty_ = true;
};

}  // namespace reckoner
