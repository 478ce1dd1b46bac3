// The order in which the card-fraud example's records reach their file, and what goes wrong on the way: a little disorder, records that come
// an hour late, records sent twice, lines that are no records. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/card_fraud_lines.hpp"
#include "app/card_fraud_model.hpp"
#include "app/seeded_random.hpp"

namespace reckoner::card_fraud {

constexpr std::int64_t kDisorderMs = 4 * kSecondMs;  // of all records that are not late
constexpr std::int64_t kLateMs = kHourMs;            // a late record is at least this late
constexpr std::uint8_t kDefects = 7;                 // ways in which a line is malformed, 1 to kDefects

struct Arrival {
  std::int64_t arrives_ms = 0;
  std::uint32_t index = 0;  // of the event
  std::uint8_t defect = 0;  // 0: a sound record
};

struct Arrivals {
  std::vector<Arrival> order;
  std::uint64_t duplicates = 0;
  std::uint64_t late = 0;
  std::uint64_t malformed = 0;
};

// `events` are one file's, in event-time order. Late ones are transactions alone, and none of an incident is late or sent twice.
[[nodiscard]] Arrivals arrange_arrivals(FileKind file, const std::vector<Event>& events, SeededRandom& random);

// Makes a sound line (with its newline) malformed; `defect` is 1 to kDefects.
[[nodiscard]] std::string spoil_line(std::string_view line, std::uint8_t defect);

}  // namespace reckoner::card_fraud
