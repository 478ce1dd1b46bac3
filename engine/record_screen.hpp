// Decides, before any other work and in the shard that owns a record's driver key, which records go on. Belongs to one shard; one thread at a
// time. What it decides depends on the records before it alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/outputs.hpp"
#include "engine/round.hpp"
#include "engine/state_writer.hpp"

namespace reckoner {

class RecordScreen {
 public:
  virtual ~RecordScreen() = default;

  // The key kind by which records of the input are screened; none = they all go on.
  [[nodiscard]] virtual std::optional<std::size_t> key_kind(InputId input) const = 0;

  // `rows` of the round, ascending, live, of screened inputs, with keys that this shard owns. Changes the state of those that do not go on.
  virtual void screen(Round& round, std::span<const std::uint32_t> rows, Outputs& outputs) = 0;

  // What was forgotten before its time for want of memory, since the job was created: copies of it pass.
  [[nodiscard]] virtual std::uint64_t forgotten_early() const = 0;

  [[nodiscard]] virtual std::size_t bytes() const = 0;  // of memory

  // Checkpoint and restore, as an operator's own parts (engine/operator.hpp).
  virtual void save(StateWriter& writer) = 0;
  virtual void load(std::string_view part, std::string_view value) = 0;
};

}  // namespace reckoner
