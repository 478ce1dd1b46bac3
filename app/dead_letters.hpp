// The dead letters of a job, on files and on topics: finding those that were asked for, and sending those of topics again.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "app/job_file.hpp"
#include "app/job_options.hpp"
#include "connectors/kafka_dead_letters.hpp"
#include "engine/error.hpp"

namespace reckoner {

// Empty texts and missing numbers leave all in.
struct DeadLetterChoice {
  std::string code;
  std::string input;
  std::optional<std::uint32_t> partition;  // of the input
  std::uint64_t from = 0;                  // record of the input: its offset on topics
  std::uint64_t to = std::numeric_limits<std::uint64_t>::max();
  [[nodiscard]] bool takes(const DeadLetter& letter) const;
};

// Input by input and record by record as they were rejected, within each partition. kConfiguration when the job has no such output.
[[nodiscard]] Result<void> visit_dead_letters(const JobOptions& job, const DeadLetterChoice& choice, const DeadLetterVisitor& visitor);

struct ReplayCounts {
  std::uint64_t sent = 0;
  std::uint64_t left = 0;  // had been sent before
};
// Sends what was chosen to its topics again, each record as it was and to its partition; what was sent before only if `again`. What is sent and
// the mark that says so are one transaction. After an error `counts` says what was sent for good.
[[nodiscard]] Result<void> replay_dead_letters(const JobOptions& job, const DeadLetterChoice& choice, bool again, ReplayCounts& counts);

}  // namespace reckoner
