#include "operators/previous.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "engine/check.hpp"
#include "operators/arithmetic.hpp"

namespace reckoner {

namespace {
constexpr double kEarthRadiusKm = 6371.0;
constexpr double kMillisecondsPerHour = 3'600'000.0;
}  // namespace

double great_circle_km(std::int64_t latitude1, std::int64_t longitude1, std::int64_t latitude2, std::int64_t longitude2, int scale) {
  const double unit = std::numbers::pi / 180.0 / static_cast<double>(power_of_ten(scale));
  const double phi1 = static_cast<double>(latitude1) * unit;
  const double phi2 = static_cast<double>(latitude2) * unit;
  const double lambda = static_cast<double>(longitude2 - longitude1) * unit;
  const double half_phi = std::sin((phi2 - phi1) / 2);
  const double half_lambda = std::sin(lambda / 2);
  const double h = half_phi * half_phi + std::cos(phi1) * std::cos(phi2) * half_lambda * half_lambda;
  return 2 * kEarthRadiusKm * std::asin(std::min(1.0, std::sqrt(h)));
}

PreviousOperator::PreviousOperator(const FactPlan& fact, std::uint32_t feature, std::uint32_t text_bytes, std::shared_ptr<Evaluator> evaluator)
    : fact_(fact), feature_(feature), text_bytes_(text_bytes), evaluator_(std::move(evaluator)) {
  if (fact_.where) where_ = evaluator_->add(*fact_.where);
  if (fact_.kind != FactKind::kSincePrevious && text_bytes_ == 0) value_column_ = evaluator_->column(fact_.input, fact_.value);
  if (fact_.kind == FactKind::kGeoSpeed) longitude_column_ = evaluator_->column(fact_.input, fact_.longitude);
}

void PreviousOperator::declare(RecordLayout& layout) {
  state_ = layout.add<State>();
  if (fact_.kind != FactKind::kSincePrevious) value_ = layout.add<std::int64_t>();
  if (fact_.kind == FactKind::kGeoSpeed) longitude_ = layout.add<std::int64_t>();
  if (text_bytes_ > 0) text_ = layout.add(text_bytes_, 1);
}

bool PreviousOperator::has_values(const Batch& batch, std::size_t row) const {
  if (fact_.kind == FactKind::kSincePrevious) return true;
  if (!batch.has(row, fact_.value)) return false;
  return fact_.kind != FactKind::kGeoSpeed || batch.has(row, fact_.longitude);
}

// Every record of the input sees the previous matching one; matching ones then take its place. On timer rows and for records of other
// inputs the latest value is shown as well, since a score may ask for it there. A speed is that of a matching record itself.
void PreviousOperator::process(const Batch& batch, Features& features, Effects&) {
  evaluator_->begin(batch, features);
  Mask matching = batch.timers ? Mask{} : batch.of_input[fact_.input];
  if (fact_.where && !batch.timers) matching = matching & evaluator_->evaluate(where_).truth;
  const bool latest = fact_.kind == FactKind::kLatest;
  const bool of_pairs = fact_.kind == FactKind::kGeoSpeed;
  shown_ = {};
  if (!latest && !of_pairs && text_bytes_ == 0) return show_numbers(batch, matching, features);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const bool keeps = matching.test(row) && has_values(batch, row);
    if (latest && keeps) keep(batch, row);
    if (RecordLayout::at<State>(batch.record[row], state_).place != 0 && (keeps || !of_pairs)) show(batch, row, features);
    if (!latest && keeps) keep(batch, row);
  }
}

// The same for what is kept as a number. Which records match is as good as random, so that a branch would be mispredicted: the others keep what
// was there.
void PreviousOperator::show_numbers(const Batch& batch, const Mask& matching, Features& features) {
  const bool since = fact_.kind == FactKind::kSincePrevious;
  const Mask keeps = since || batch.timers ? matching : matching & batch.present[value_column_];
  const std::int64_t* const numbers = since || batch.timers ? batch.event_time : batch.numbers[value_column_];
  std::int64_t* const cells = features.column(feature_);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    std::byte* const record = batch.record[row];
    auto& state = RecordLayout::at<State>(record, state_);
    const State before = state;
    if (before.place != 0) {
      cells[row] = since ? batch.event_time[row] - before.time : value(record);
      shown_.set(row);
      sources_[row] = {before.time, before.place - 1};
    }
    const bool kept = keeps.test(row);
    state.time = kept ? batch.event_time[row] : before.time;
    state.place = kept ? batch.position[row] + 1 : before.place;
    if (!since) value(record) = kept ? numbers[row] : value(record);
  }
  features.known(feature_) = features.known(feature_) | shown_;
}

void PreviousOperator::show(const Batch& batch, std::size_t row, Features& features) {
  const auto& state = RecordLayout::at<State>(batch.record[row], state_);
  std::int64_t& cell = features.column(feature_)[row];
  switch (fact_.kind) {
    case FactKind::kSincePrevious:
      cell = batch.event_time[row] - state.time;
      break;
    case FactKind::kGeoSpeed:
      cell = speed(batch, row);
      break;
    default:
      cell = value(batch.record[row]);
      if (text_bytes_ > 0) cell = features.add_text({&RecordLayout::at<char>(batch.record[row], text_), static_cast<std::size_t>(cell)});
  }
  features.known(feature_).set(row);
  shown_.set(row);
  sources_[row] = {state.time, state.place - 1};
}

void PreviousOperator::add_contributions(std::size_t row, std::vector<Contribution>& into) const {
  if (shown_.test(row)) into.push_back(sources_[row]);
}

std::optional<PreviousOperator::Whereabouts> PreviousOperator::whereabouts(const std::byte* record) const {
  const auto& state = RecordLayout::at<State>(record, state_);
  if (state.place == 0) return std::nullopt;
  return Whereabouts{RecordLayout::at<std::int64_t>(record, value_), RecordLayout::at<std::int64_t>(record, longitude_), state.time};
}

void PreviousOperator::keep(const Batch& batch, std::size_t row) {
  std::byte* const record = batch.record[row];
  RecordLayout::at<State>(record, state_) = {batch.event_time[row], batch.position[row] + 1};
  if (fact_.kind == FactKind::kSincePrevious) return;
  if (text_bytes_ > 0) {
    const std::string_view text = batch.text(row, fact_.value);
    RECKONER_CHECK(text.size() <= text_bytes_, "a string of {} bytes where {} are the most", text.size(), text_bytes_);
    std::memcpy(&RecordLayout::at<char>(record, text_), text.data(), text.size());
    value(record) = static_cast<std::int64_t>(text.size());
    return;
  }
  value(record) = batch.numbers[value_column_][row];
  if (fact_.kind == FactKind::kGeoSpeed) longitude(record) = batch.numbers[longitude_column_][row];
}

std::int64_t PreviousOperator::speed(const Batch& batch, std::size_t row) const {
  std::byte* const record = batch.record[row];
  const double km =
      great_circle_km(value(record), longitude(record), batch.numbers[value_column_][row], batch.numbers[longitude_column_][row], kDegreeScale);
  if (km < static_cast<double>(fact_.minimum_km)) return 0;
  const std::int64_t gap =
      std::max(std::abs(batch.event_time[row] - RecordLayout::at<State>(record, state_).time), std::max<std::int64_t>(fact_.minimum_gap_ms, 1));
  return static_cast<std::int64_t>(km * kMillisecondsPerHour / static_cast<double>(gap));
}

}  // namespace reckoner
