// Where a row of an output belongs among those of its shard, whatever the batch, round or operator that it comes from.
#pragma once

#include <compare>
#include <cstdint>

namespace reckoner {

// By the place in recorded order, then by turn where several records leave at one place (engine/event_time_order.hpp), then by the cause's kind, then by
// the key kind. What falls due comes before the record at which it does: a round may end between them.
struct RowOrder {
  std::uint64_t place = 0;
  std::uint64_t minor = 0;

  static constexpr std::uint64_t kPlaces = 2;  // of each record: before it, and its own
  [[nodiscard]] static RowOrder before(std::uint64_t sequence, std::uint64_t minor) { return {sequence * kPlaces, minor}; }
  [[nodiscard]] static RowOrder at(std::uint64_t sequence, std::uint64_t minor) { return {sequence * kPlaces + 1, minor}; }
  // Of the record that has this turn, or of what falls due before it.
  [[nodiscard]] static RowOrder in_turn(std::uint64_t place, std::uint64_t turn, std::uint64_t minor) {
    return {place, (2 * turn + 1) << kTurnBits | minor};
  }
  [[nodiscard]] static RowOrder before_turn(std::uint64_t place, std::uint64_t turn, std::uint64_t minor) {
    return {place, (2 * turn) << kTurnBits | minor};
  }
  static constexpr int kTurnBits = 34;  // below them the cause's kind
  [[nodiscard]] static bool falls_due(std::uint64_t place) { return place % kPlaces == 0; }
  [[nodiscard]] static std::uint64_t sequence(std::uint64_t place) { return place / kPlaces; }
  friend auto operator<=>(const RowOrder&, const RowOrder&) = default;
};

}  // namespace reckoner
