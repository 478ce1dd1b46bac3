#include "engine/derived_inputs.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/key.hpp"

namespace reckoner {

DerivedInputs::DerivedInputs(std::vector<DerivedInput> inputs, std::size_t key_kinds, std::vector<std::unique_ptr<DerivedSource>> sources)
    : inputs_(std::move(inputs)), key_kinds_(key_kinds), sources_(std::move(sources)), of_sources_(sources_.size()), made_(inputs_.size()) {
  RECKONER_CHECK(!inputs_.empty(), "derived inputs of a job that has none");
  for (std::size_t place = 0; place < inputs_.size(); ++place) {
    RECKONER_CHECK(place_of(inputs_[place].input) == place, "input {} in place {}", inputs_[place].input, place);
    blocks_.push_back(std::make_shared<KeyedBlock>());
  }
}

// Keys of several shards may come to something at the same time without a record: their texts decide then.
bool DerivedInputs::comes_first(const Found& left, const Found& right) {
  const auto rank = [](const Found& found) { return std::tuple(found.row->order, found.kind, found.records->text(found.row->key)); };
  return rank(left) < rank(right);
}

Round* DerivedInputs::gather(std::span<const std::unique_ptr<Shard>> shards, const Round& round) {
  found_.clear();
  const auto find = [&](const DerivedRecords& records, std::size_t kind) {
    for (const DerivedRecords::Row& row : records.rows()) found_.push_back({&records, &row, kind});
  };
  for (const auto& shard : shards) {
    for (std::size_t kind = 0; kind < key_kinds_; ++kind) find(shard->derived(kind), kind);
  }
  for (std::size_t source = 0; source < sources_.size(); ++source) {
    of_sources_[source].clear();
    sources_[source]->see(round, of_sources_[source]);
    find(of_sources_[source], key_kinds_ + source);
  }
  if (found_.empty()) return nullptr;
  std::stable_sort(found_.begin(), found_.end(), comes_first);
  begin(round);
  for (const Found& found : found_) add(found, round);
  for (const DerivedInput& input : inputs_) {
    KeyedBlock& block = *blocks_[place_of(input.input)];
    for (std::size_t kind = 0; kind < key_kinds_; ++kind) make_keys(block, kind, input.schema, input.key_fields[kind]);
    made_[place_of(input.input)] += block.records.rows;
  }
  for (const auto& shard : shards) shard->forget_derived();
  for (auto& late : round_.late) late.assign(round_.rows.size(), 0);
  return &round_;
}

void DerivedInputs::begin(const Round& round) {
  round_.clear();
  round_.first_sequence = round.first_sequence;
  round_.watermark.resize(round.watermark.size());
  round_.watermark_after = round.watermark_after;
  round_.late.resize(key_kinds_);
  for (const DerivedInput& input : inputs_) {
    const std::size_t place = place_of(input.input);
    KeyedBlock& block = *blocks_[place];
    block.records.clear();
    block.records.text.clear();
    block.records.partition = {input.input, 0};
    block.records.first = {made_[place], 0};
    block.records.columns.resize(input.schema.fields.size());
    block.keys.resize(key_kinds_);
    block.composed.resize(key_kinds_);
    block.key_text.clear();
    round_.blocks.push_back(blocks_[place]);
  }
}

void DerivedInputs::add(const Found& found, const Round& round) {
  const DerivedRecords::Row& row = *found.row;
  const std::size_t place = place_of(row.input);
  RecordBlock& records = blocks_[place]->records;
  const std::vector<Field>& fields = inputs_[place].schema.fields;
  for (std::size_t field = 0; field < fields.size(); ++field) {
    std::int64_t cell = found.records->cell(row, field);
    if (fields[field].type.kind == ValueKind::kString && (row.present >> field & 1U) != 0) {
      const std::string_view text = found.records->text(TextRef::unpack(cell));
      cell = TextRef{static_cast<std::uint32_t>(records.text.size()), static_cast<std::uint32_t>(text.size())}.pack();
      records.text.insert(records.text.end(), text.begin(), text.end());
    }
    records.columns[field].push_back(cell);
  }
  records.present.push_back(row.present);
  records.rejected.push_back(0);
  round_.rows.push_back({static_cast<std::uint32_t>(place), records.rows++});
  round_.state.push_back(RowState::kLive);
  round_.event_time.push_back(row.event_time);
  round_.place.push_back(row.order.place);
  // What fell due after the last record of the round belongs before the next one. Event time had come no further than to what fell due, when it did.
  const std::int64_t at_most = RowOrder::falls_due(row.order.place) ? row.event_time : std::numeric_limits<std::int64_t>::max();
  const std::uint64_t behind = RowOrder::sequence(row.order.place) - round.first_sequence;
  for (std::size_t group = 0; group < round.watermark.size(); ++group) {
    const std::int64_t stamp = behind < round.rows.size() ? round.watermark[group][behind] : round.watermark_after[group];
    round_.watermark[group].push_back(std::min(stamp, at_most));
  }
}

std::string DerivedInputs::state() const {
  std::string state;
  for (const std::uint64_t made : made_) append_big_endian(state, made);
  for (const auto& source : sources_) {
    const std::string kept = source->state();
    append_big_endian(state, static_cast<std::uint64_t>(kept.size()));
    state += kept;
  }
  return state;
}

void DerivedInputs::restore(std::string_view state) {
  for (std::uint64_t& made : made_) made = take_big_endian<std::uint64_t>(state);
  for (const auto& source : sources_) {
    const auto bytes = take_big_endian<std::uint64_t>(state);
    RECKONER_CHECK(bytes <= state.size(), "{} of {} bytes of what derives records", bytes, state.size());
    source->restore(state.substr(0, bytes));
    state.remove_prefix(bytes);
  }
  RECKONER_CHECK(state.empty(), "{} bytes too many of derived inputs", state.size());
}

std::vector<std::string> DerivedInputs::left_out() const {
  std::vector<std::string> all;
  for (const auto& source : sources_) {
    const std::vector<std::string> some = source->left_out();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace reckoner
