// A dead letter as people and programs look at it, read from the two forms in which it is kept: the row of an output (engine/dead_letter.hpp), and
// the record of a topic (connectors/kafka_dead_letter.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reckoner {

using HeaderList = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct DeadLetter {
  // Where the rejected record stands.
  std::string input;
  std::uint32_t partition = 0;
  std::uint64_t record = 0;  // of a topic: its offset
  // Why it was rejected.
  std::string stage;
  std::string code;
  std::string field;  // empty: the record as a whole
  std::string message;
  // What it was.
  std::optional<std::string> key;
  std::optional<std::string> value;
  HeaderList headers;
  std::optional<std::int64_t> timestamp_ms;
};

// `row` is one that write_dead_letter() wrote; nothing when it is not.
[[nodiscard]] std::optional<DeadLetter> read_dead_letter_row(std::string_view row);

}  // namespace reckoner
