// Port: bytes of records -> columns. Implementations (JSON, CSV) live in connectors/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "engine/record_block.hpp"
#include "engine/schema.hpp"

namespace reckoner {

// decode() may be called from several threads at once on different blocks, each with its own scratch. What a decoder learns about the shape
// of records may make it faster, never change a result: the outcome of a record depends on its bytes and the schema alone.
class Decoder {
 public:
  class Scratch {  // one a thread, reused
   public:
    virtual ~Scratch() = default;
  };

  virtual ~Decoder() = default;
  [[nodiscard]] virtual std::unique_ptr<Scratch> make_scratch() const = 0;

  // Fills what record_block.hpp says the decoder fills. `wanted` has bit f set when something reads field f; the rest is validated, not stored.
  virtual void decode(RecordBlock& block, std::uint64_t wanted, Scratch& scratch) const = 0;

  // What people should know about the records decoded so far though each is in order, with what to do; a line each.
  [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
};

}  // namespace reckoner
