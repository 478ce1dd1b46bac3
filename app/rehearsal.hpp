// A job in memory and in virtual time: the engine as it runs, on a source, a commit log, checkpoints and a clock that touch nothing. Records are
// read and decided when they are sent. The clock stands still, but for idle(): what a clock decides is decided there alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/memory_commit_log.hpp"
#include "app/memory_source.hpp"
#include "engine/clock.hpp"
#include "engine/decoder.hpp"
#include "engine/error.hpp"
#include "engine/job.hpp"
#include "engine/memory_checkpoints.hpp"
#include "operators/build.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// What all rehearsals of a rule set share; outlives them.
struct RehearsalGround {
  const Plan* plan = nullptr;
  std::vector<std::shared_ptr<const Decoder>> decoders;  // by input
  [[nodiscard]] static Result<RehearsalGround> make(const Plan& plan);
};

class Rehearsal {
 public:
  // `announced` records a input will be sent in all.
  Rehearsal(const RehearsalGround& ground, const std::vector<std::uint64_t>& announced);

  void add(InputId input, std::string_view line) { source_.add(input, line); }
  // Reads and decides what was added.
  [[nodiscard]] Result<void> settle();
  // Nothing arrives for so long.
  [[nodiscard]] Result<void> idle(std::int64_t milliseconds);
  // The process dies; the next one comes back from the last checkpoint but one, so that it replays something too.
  [[nodiscard]] Result<void> crash();
  // The process dies, and its state with it: all is replayed from the start. Rows must come out as they did, and none again.
  [[nodiscard]] Result<void> replay();

  // What was read so far is in them.
  [[nodiscard]] const Shard& shard() const { return *job_->shards().front(); }
  [[nodiscard]] const std::vector<BuiltKeySpace>& spaces() const { return spaces_; }

  // Rows committed since this was last called, each a JSON object.
  [[nodiscard]] std::vector<std::string> take_rows(OutputId output);

 private:
  // Asked to sleep, it goes on by what is left of an idle time, and then stops the job.
  class SteppedClock final : public Clock {
   public:
    [[nodiscard]] std::int64_t wall_ms() override { return 0; }
    [[nodiscard]] std::int64_t monotonic_ns() override { return now_ns_; }
    void sleep_ms(std::int64_t milliseconds) override;
    void jump_at_next_sleep(std::int64_t milliseconds) { jump_ms_ = milliseconds; }
    std::atomic<bool> stop = false;

   private:
    std::int64_t now_ns_ = 0;
    std::int64_t jump_ms_ = 0;
  };

  [[nodiscard]] Result<void> come_back();
  [[nodiscard]] Result<void> run();

  const RehearsalGround& ground_;
  MemorySource source_;
  MemoryCommitLog log_;
  MemoryCheckpoints checkpoints_;
  SteppedClock clock_;
  std::int64_t silent_ms_ = 0;         // since the last record
  std::vector<BuiltKeySpace> spaces_;  // of `job_`, which owns the key spaces themselves
  std::unique_ptr<Job> job_;
};

}  // namespace reckoner
