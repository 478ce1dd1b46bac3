#include "operators/silence_watch.hpp"

#include <utility>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"

namespace reckoner {

SilenceWatch::SilenceWatch(std::vector<WatchedInput> inputs, std::size_t group, InputId silences, const Schema& schema)
    : inputs_(std::move(inputs)), group_(group), heard_(inputs_.size()), silences_(silences), schema_(schema) {
  for (const WatchedInput& input : inputs_) RECKONER_CHECK(input.after_ms > 0, "input {} is silent after {} ms", input.name, input.after_ms);
}

void SilenceWatch::see(const Round& round, DerivedRecords& into) {
  for (std::size_t row = 0; row < round.rows.size(); ++row) {
    const RecordBlock& records = round.block(row).records;
    if (records.rejected[round.rows[row].row] != 0) continue;  // it has no time
    if (!std::exchange(begun_, true)) {
      for (Heard& heard : heard_) heard.since_ms = round.event_time[row];
    }
    tell(round.watermark[group_][row], round.sequence(row), into);
    hear(records.partition.input, round.event_time[row]);
  }
  tell(round.watermark_after[group_], round.first_sequence + round.rows.size(), into);
}

void SilenceWatch::hear(InputId input, std::int64_t event_time) {
  for (std::size_t place = 0; place < inputs_.size(); ++place) {
    Heard& heard = heard_[place];
    if (inputs_[place].input == input && (!heard.ever || event_time > heard.since_ms)) heard = {event_time, true, 0};
  }
}

void SilenceWatch::tell(std::int64_t watermark_ms, std::uint64_t sequence, DerivedRecords& into) {
  for (std::size_t place = 0; place < inputs_.size(); ++place) tell(place, watermark_ms, sequence, into);
}

// A record at the very end of the time would still have come in time.
void SilenceWatch::tell(std::size_t place, std::int64_t watermark_ms, std::uint64_t sequence, DerivedRecords& into) {
  const WatchedInput& input = inputs_[place];
  Heard& heard = heard_[place];
  if (!begun_ || watermark_ms <= heard.since_ms) return;
  const std::int64_t times = (watermark_ms - 1 - heard.since_ms) / input.after_ms;
  if (static_cast<std::uint64_t>(times) <= heard.told) return;
  heard.told = static_cast<std::uint64_t>(times);
  const std::int64_t silent_ms = times * input.after_ms;
  into.begin(silences_, schema_.fields.size(), RowOrder::before(sequence, 0), heard.since_ms + silent_ms, input.name);
  into.set(schema_.event_time, heard.since_ms + silent_ms);
  if (const auto field = schema_.find(kSilentInput)) into.set_text(*field, input.name);
  if (const auto field = schema_.find(kSilentFor)) into.set(*field, silent_ms);
  if (const auto field = schema_.find(kLastHeard); field && heard.ever) into.set(*field, heard.since_ms);
}

// Stored in checkpoints: do not change. Whether a record came; by input: since when, whether anything came, how often it was told.
std::string SilenceWatch::state() const {
  std::string state;
  append_big_endian(state, static_cast<std::uint8_t>(begun_ ? 1 : 0));
  for (const Heard& heard : heard_) {
    append_big_endian(state, static_cast<std::uint64_t>(heard.since_ms));
    append_big_endian(state, static_cast<std::uint8_t>(heard.ever ? 1 : 0));
    append_big_endian(state, heard.told);
  }
  return state;
}

void SilenceWatch::restore(std::string_view state) {
  begun_ = take_big_endian<std::uint8_t>(state) != 0;
  for (Heard& heard : heard_) {
    heard.since_ms = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(state));
    heard.ever = take_big_endian<std::uint8_t>(state) != 0;
    heard.told = take_big_endian<std::uint64_t>(state);
  }
}

}  // namespace reckoner
