// A small job for tests of the local commit log: epoch e always writes the same rows, so that what should be on the disk after any epoch
// can be computed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/local_commit_log.hpp"
#include "connectors/output_files.hpp"
#include "engine/checksum.hpp"
#include "engine/decision_record.hpp"
#include "engine/error.hpp"
#include "engine/files.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_files.hpp"

namespace reckoner::testing {

class CommitLogJob {
 public:
  static constexpr std::uint32_t kShards = 2;
  static constexpr std::uint16_t kOutputs = 2;

  // Directories "log" and "out"; segments of a few records each.
  [[nodiscard]] static LocalCommitLogSettings settings() {
    return {.directory = "log",
            .outputs_directory = "out",
            .outputs = {"totals", "alerts"},
            .time_columns = {},
            .shards = kShards,
            .job_hash = 42,
            .segment_bytes = 200,
            .retention_bytes = 300,
            .publish_every_ms = 2};
  }

  // Shard 1 writes alerts in every third epoch only; one epoch exceeds an output buffer.
  [[nodiscard]] static const std::string& rows(std::uint64_t epoch, std::uint32_t shard, std::uint16_t output) {
    static std::map<std::uint64_t, std::string> known;
    std::string& text = known[epoch << 8U | shard << 4U | output];
    if (!text.empty() || (output == 1 && shard == 1 && epoch % 3 != 0)) return text;
    const std::uint64_t count = epoch == 4 && output == 0 && shard == 0 ? 12'000 : epoch % 4 + 1;
    for (std::uint64_t row = 0; row < count; ++row) {
      text += "{\"e\":" + std::to_string(epoch) + ",\"s\":" + std::to_string(shard) + ",\"r\":" + std::to_string(row) + "}\n";
    }
    return text;
  }

  [[nodiscard]] static const DecisionRecord& record(std::uint64_t epoch) {
    static std::map<std::uint64_t, DecisionRecord> known;
    DecisionRecord& record = known[epoch];
    if (record.id.epoch == epoch) return record;
    record.id = {1, epoch};
    record.previous = epoch == 1 ? EpochId{} : EpochId{1, epoch - 1};
    record.plan_hash = 7;
    record.sequence = epoch * 10;
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      ShardSection section{.shard = shard, .outputs = {}};
      for (std::uint16_t output = 0; output < kOutputs; ++output) {
        const std::string total = committed(epoch, shard, output);
        OutputProgress progress{.output = output, .bytes = total.size(), .rows = 0, .epoch_hash = checksum(rows(epoch, shard, output))};
        for (const char byte : total) progress.rows += byte == '\n' ? 1 : 0;
        section.outputs.push_back(progress);
      }
      record.sections.push_back(section);
    }
    return record;
  }

  // What an output file holds after `epoch`.
  [[nodiscard]] static const std::string& committed(std::uint64_t epoch, std::uint32_t shard, std::uint16_t output) {
    static std::map<std::uint64_t, std::string> known;
    std::string& text = known[epoch << 8U | shard << 4U | output];
    if (text.empty() && epoch > 0) text = committed(epoch - 1, shard, output) + rows(epoch, shard, output);
    return text;
  }

  [[nodiscard]] static std::string path(std::uint32_t shard, std::uint16_t output) {
    return join_path("out", output_file_name(settings().outputs[output], shard));
  }

  [[nodiscard]] static Result<void> append(LocalCommitLog& log, std::uint64_t epoch) {
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      for (std::uint16_t output = 0; output < kOutputs; ++output) {
        const std::string& text = rows(epoch, shard, output);
        if (Result<void> result = log.append_output(shard, output, text); !result) return result;
      }
    }
    return {};
  }

  // Recovers and goes on to epoch `until`. Rows of the next epoch are appended before an epoch is committed, as a running job does.
  // `acknowledged` grows with every commit that returned.
  [[nodiscard]] static Result<void> run(FakeFiles& files, std::uint64_t until, std::uint64_t& acknowledged) {
    FakeClock clock;
    LocalCommitLog log(files, clock, settings());
    const Result<std::optional<DecisionRecord>> last = log.recover();
    if (!last) return std::unexpected(last.error());
    std::uint64_t epoch = *last ? (*last)->id.epoch : 0;
    if (epoch >= until) return {};
    if (Result<void> result = append(log, epoch + 1); !result) return result;
    while (epoch < until) {
      ++epoch;
      if (epoch < until) {
        if (Result<void> result = append(log, epoch + 1); !result) return result;
      }
      if (Result<void> result = log.commit(record(epoch)); !result) return result;
      acknowledged = epoch;
      clock.advance_ms(1);
      if (epoch % 5 == 0) {
        if (Result<void> result = log.forget_before({1, epoch}); !result) return result;
      }
    }
    return log.publish();
  }
};

}  // namespace reckoner::testing
