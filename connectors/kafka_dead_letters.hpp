// What a topic of dead letters holds, and sending it to where it came from again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "connectors/dead_letter_row.hpp"
#include "connectors/kafka_client.hpp"
#include "engine/error.hpp"

namespace reckoner {

struct KeptDeadLetter {
  DeadLetter letter;
  std::int64_t offset = 0;  // in the topic of dead letters
  bool replayed = false;    // a mark says that it was sent to its topic again
};
using DeadLetterVisitor = std::function<Result<void>(const KeptDeadLetter&)>;

// Visits the dead letters of one partition up to its end, in order; an error of the visitor ends it. Reads the partition twice: marks stand
// behind what they are about.
[[nodiscard]] Result<void> visit_dead_letters(KafkaClient& reader, const std::string& topic, std::int32_t partition,
                                              const DeadLetterVisitor& visitor);

}  // namespace reckoner
