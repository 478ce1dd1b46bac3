#include "app/rehearsal.hpp"

#include <utility>

#include "app/job_wiring.hpp"
#include "connectors/json_decoder.hpp"
#include "engine/executor.hpp"
#include "engine/reader.hpp"
#include "operators/ordering.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kNever = 1'000LL * 365 * 86'400'000;
constexpr std::size_t kBlockBytes = std::size_t{16} << 10U;
constexpr std::size_t kBatchRowsOfRehearsal = 64;
constexpr std::uint64_t kWaitingMax = 1'000'000;

JobSettings settings_of(const Plan& plan) {
  JobSettings settings;
  settings.epoch.time_max_ms = 1;    // of a clock that stands still: an idle time alone ends an epoch by it
  settings.checkpoint_every_ms = 0;  // at the end of every step
  settings.background = false;
  settings.idle_after_ms = 1;
  settings.max_skew_ms = kNever;
  settings.discover_every_ms = 0;
  settings.rejected_share_max = 1;
  settings.plan_hash = plan.hash;
  return settings;
}

}  // namespace

Result<RehearsalGround> RehearsalGround::make(const Plan& plan) {
  RehearsalGround ground{&plan, {}};
  for (std::size_t input = 0; input < read_inputs(plan); ++input) {
    auto decoder = JsonDecoder::make(plan.inputs[input].schema);
    if (!decoder) return std::unexpected(decoder.error());
    ground.decoders.emplace_back(std::move(*decoder));
  }
  return ground;
}

void Rehearsal::SteppedClock::sleep_ms(std::int64_t) {
  if (jump_ms_ == 0) stop = true;
  constexpr std::int64_t kNanoseconds = 1'000'000;
  now_ns_ += std::exchange(jump_ms_, 0) * kNanoseconds;
}

Rehearsal::Rehearsal(const RehearsalGround& ground, const std::vector<std::uint64_t>& announced)
    : ground_(ground), source_(read_inputs(*ground.plan)) {
  for (std::size_t input = 0; input < announced.size(); ++input) source_.announce(static_cast<InputId>(input), announced[input]);
}

Result<void> Rehearsal::settle() {
  silent_ms_ = 0;
  return run();
}

Result<void> Rehearsal::idle(std::int64_t milliseconds) {
  silent_ms_ += milliseconds;
  clock_.jump_at_next_sleep(silent_ms_);
  return run();
}

Result<void> Rehearsal::crash() {
  job_.reset();
  checkpoints_.forget_newest();
  return come_back();
}

Result<void> Rehearsal::replay() {
  job_.reset();
  checkpoints_.forget_all();
  return come_back();
}

Result<void> Rehearsal::run() {
  if (!job_) {
    if (Result<void> came_back = come_back(); !came_back) return came_back;
  }
  clock_.stop = false;
  return job_->run(clock_.stop);
}

Result<void> Rehearsal::come_back() {
  const Plan& plan = *ground_.plan;
  std::vector<ReaderInput> inputs;
  inputs.reserve(ground_.decoders.size());
  for (std::size_t input = 0; input < ground_.decoders.size(); ++input) inputs.push_back(reader_input(plan, input, ground_.decoders[input]));
  auto executor = std::make_unique<Executor>(1);
  ReaderSettings reading;
  reading.block_bytes = kBlockBytes;
  JobParts parts;
  parts.reader = std::make_unique<Reader>(std::move(inputs), watermark_groups(plan), plan.keys.size(), source_, *executor, reading);
  std::vector<std::unique_ptr<KeySpace>> spaces;
  spaces.reserve(plan.keys.size());
  spaces_.clear();
  for (std::size_t kind = 0; kind < plan.keys.size(); ++kind) {
    spaces_.push_back(build_key_space(plan, kind, 0, kBatchRowsOfRehearsal));
    spaces.push_back(std::move(spaces_.back().space));
  }
  parts.shards.push_back(std::make_unique<Shard>(0, std::move(spaces), build_screen(plan, 1)));
  parts.order = build_event_time_order(plan, kWaitingMax);
  parts.write_late = make_write_late(plan);
  parts.derived = build_derived_inputs(plan);
  parts.added = build_added_entries(plan);
  job_ = std::make_unique<Job>(settings_of(plan), JobPorts{source_, log_, checkpoints_, clock_}, std::move(executor), std::move(parts));
  const auto recovered = job_->recover();
  if (!recovered) return std::unexpected(recovered.error());
  return {};
}

std::vector<std::string> Rehearsal::take_rows(OutputId output) {
  std::vector<std::string> rows;
  const std::string text = log_.take_rows(output);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    rows.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return rows;
}

}  // namespace reckoner
