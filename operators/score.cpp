#include "operators/score.hpp"

#include <algorithm>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "operators/arithmetic.hpp"
#include "operators/key_columns.hpp"
#include "operators/trigger_columns.hpp"
#include "operators/wide_unsigned.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kUnknownPart = "unknown";

}  // namespace

ScoreOperator::ScoreOperator(const Plan& plan, const KeyPlan& key, std::uint32_t score, std::shared_ptr<Evaluator> evaluator,
                             std::vector<const SlidingOperator*> windows, const BorrowingOperator* borrowed, const KeyTimer* before)
    : key_(key),
      score_(key.scores[score]),
      number_(score),
      feature_(static_cast<std::uint32_t>(key.facts.size()) + score),
      evaluator_(std::move(evaluator)),
      publishes_(has_publisher(score_)),
      publisher_(score_, before),
      version_text_(fmt::format(",\"rule_set\":\"{}\",\"version\":{}}}\n", plan.rule_set, plan.version)),
      reasons_(key, evaluator_, std::move(windows), borrowed) {
  for (const InputPlan& input : plan.inputs) schemas_.push_back(input.schema);
  for (const ScorePart& part : score_.parts) parts_.push_back(evaluator_->add(part.value));
  for (const ScoreFloor& floor : score_.floors) floors_.push_back(evaluator_->add(floor.when));
  RECKONER_CHECK(!score_.bands.empty() && score_.initial_band < score_.bands.size(), "bands of {}", score_.name);
}

void ScoreOperator::declare(RecordLayout& layout) {
  if (score_.on_expiry) scored_ = layout.add<Scored>();
  band_ = layout.add<std::uint32_t>();
  if (publishes_) publisher_.declare(layout);
}

Mask ScoreOperator::rows_to_score(const Batch& batch) const {
  Mask rows;
  for (const InputId input : score_.inputs) rows = rows | batch.of_input[input];
  if (!batch.timers) return rows;
  if (batch.event_time[0] % kExpiryGridMs != 0) return rows;  // something else is due: all rows have one time
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const auto& scored = RecordLayout::at<Scored>(batch.record[row], scored_);
    if (scored.any == 0 || batch.event_time[row] > scored.at) rows.set(row);
  }
  return rows;
}

void ScoreOperator::process(const Batch& batch, Features& features, Effects& effects) {
  if (batch.timers && !score_.on_expiry) return;
  evaluator_->begin(batch, features);
  const Mask rows = rows_to_score(batch);
  std::int64_t* cells = features.column(feature_);
  std::fill_n(cells, batch.rows, score_.start);
  Mask known = rows;
  if (score_.combine == ScoreCombine::kSum) {
    add_parts(batch, cells, known);
  } else {
    combine(cells, known);
  }
  if (score_.cap) std::for_each(cells, cells + batch.rows, [&](std::int64_t& cell) { cell = std::min(cell, *score_.cap); });
  raise_to_floors(batch, cells, known);
  features.known(feature_) = known;
  add_without_key(unknown_, batch, score_.inputs);
  if (const Mask unknown = rows - known; !unknown.none()) add_counts(unknown_, reasons_.explain_score(number_, unknown));
  if (publishes_) {
    publish(batch, cells, known, effects);
  } else {
    tell_changes(batch, cells, known, effects);
  }
}

// The latest time that the row's key was scored at, for scores that watch expiry.
inline std::int64_t ScoreOperator::note_scored(const Batch& batch, std::size_t row) const {
  const std::int64_t time = batch.event_time[row];
  if (!score_.on_expiry || batch.timers) return time;
  auto& scored = RecordLayout::at<Scored>(batch.record[row], scored_);
  scored = {scored.any == 0 ? time : std::max(scored.at, time), 1};
  return scored.at;
}

void ScoreOperator::tell_changes(const Batch& batch, const std::int64_t* cells, const Mask& known, Effects& effects) {
  known.for_each([&](std::size_t row) {
    note_scored(batch, row);
    auto& band = RecordLayout::at<std::uint32_t>(batch.record[row], band_);
    const std::uint32_t from = band == 0 ? score_.initial_band : band - 1;
    const std::uint32_t to = publisher_.band_of(cells[row]);
    if (from == to) return;
    band = to + 1;
    write_row(batch, row, {cells[row], from, to}, effects);
  });
}

void ScoreOperator::publish(const Batch& batch, const std::int64_t* cells, const Mask& known, Effects& effects) {
  for (std::size_t row = 0; row < batch.rows; ++row) {
    std::byte* record = batch.record[row];
    ScorePublisher::Moment moment{batch.event_time[row], batch.event_time[row], batch.watermark[0][row], batch.timers};
    if (known.test(row)) {
      moment.now = note_scored(batch, row);
      auto& band = RecordLayout::at<std::uint32_t>(record, band_);
      const std::uint32_t from = band == 0 ? score_.initial_band : band - 1;
      const ScorePublisher::Verdict verdict = publisher_.look(record, from, cells[row], moment);
      if (verdict.leaves) {
        band = verdict.band + 1;
        write_row(batch, row, {cells[row], from, verdict.band, verdict.override_by, verdict.entry}, effects);
      }
    }
    if (!sets_timers()) continue;
    publisher_.wind(record, moment);
    effects.timers.push_back({batch.key[row], publisher_.timer(record)});
  }
}

void ScoreOperator::add_parts(const Batch& batch, std::int64_t* cells, Mask& known) {
  for (const Evaluator::NodeId part : parts_) {
    const Evaluated& value = evaluator_->evaluate(part);
    known = known & value.known;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!add_exact(cells[row], value.values[row], cells[row])) known.reset(row);
    }
  }
}

void ScoreOperator::combine(std::int64_t* cells, Mask& known) {
  for (const Evaluator::NodeId part : parts_) known = known & evaluator_->evaluate(part).known;
  known.for_each([&](std::size_t row) {
    std::int64_t risk = 0;
    if (score_.combine == ScoreCombine::kNoisyOr) {
      risk = noisy_or(row);
    } else {
      for (const Evaluator::NodeId part : parts_) risk = std::max(risk, evaluator_->evaluate(part).values[row]);
    }
    if (!add_exact(cells[row], risk, cells[row])) known.reset(row);
  });
}

// 1 - the product of what each part leaves, as a fraction of two products, so that it is rounded once.
std::int64_t ScoreOperator::noisy_or(std::size_t row) {
  const auto whole = static_cast<std::uint64_t>(100 * power_of_ten(score_.type.scale));
  WideUnsigned rest{WideUnsigned::Half{1}};
  WideUnsigned all{WideUnsigned::Half{1}};
  for (const Evaluator::NodeId part : parts_) {
    const auto points = static_cast<std::uint64_t>(std::max<std::int64_t>(evaluator_->evaluate(part).values[row], 0));
    rest = rest.times(whole - std::min(points, whole));
    all = all.times(whole);
  }
  const WideUnsigned risk = (all - rest).times(whole);
  return static_cast<std::int64_t>((risk.times(2) + all).divided_by(all.times(2)).low());
}

void ScoreOperator::raise_to_floors(const Batch& batch, std::int64_t* cells, Mask& known) {
  for (std::size_t i = 0; i < floors_.size(); ++i) {
    const Evaluated& when = evaluator_->evaluate(floors_[i]);
    known = known & when.known;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (when.truth.test(row)) cells[row] = std::max(cells[row], score_.floors[i].value);
    }
  }
}

void ScoreOperator::save(std::byte* record, std::byte*, StateWriter& writer) {
  if (record != nullptr || !writer.begins()) return;
  std::string value;
  for (const std::uint64_t unknown : unknown_) append_big_endian(value, unknown);
  writer.put(kUnknownPart, value);
}

void ScoreOperator::load(std::byte* record, std::string_view part, std::string_view value) {
  if (record != nullptr || part != kUnknownPart) return;
  for (std::uint64_t& unknown : unknown_) unknown = take_big_endian<std::uint64_t>(value);
}

void ScoreOperator::write_row(const Batch& batch, std::size_t row, const Told& told, Effects& effects) {
  RowWriter writer(effects.outputs->begin_row(OutputId::kScores));
  writer.begin();
  write_key(writer, key_.by, KeyTable::key_of(batch.record[row]));
  write_trigger(writer, batch, row, schemas_);
  writer.text("name", score_.name);
  writer.value("score", score_.type, told.score);
  writer.text("band", score_.bands[told.to].name);
  writer.text("previous_band", score_.bands[told.from].name);
  if (told.entry != nullptr) {
    writer.text("override", told.override_by->list->name());
    if (!told.entry->by.empty()) writer.text("override_by", told.entry->by);
    if (!told.entry->reason.empty()) writer.text("override_reason", told.entry->reason);
  }
  writer.open("parts", '{');
  writer.value("start", score_.type, score_.start);
  std::int64_t rest = 0;  // what combination, cap and floors make of the sum
  bool fits = subtract_exact(told.score, score_.start, rest);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::int64_t part = evaluator_->evaluate(parts_[i]).values[row];
    writer.value(score_.parts[i].name, score_.type, part);
    fits = fits && subtract_exact(rest, part, rest);
  }
  writer.close('}');
  if (fits && rest != 0) writer.value("adjustment", score_.type, rest);
  writer.verbatim(version_text_);
  effects.outputs->end_row(OutputId::kScores, batch.order(row, batch.timers ? 0U : 1U + number_));
}

}  // namespace reckoner
