// A round's way through the shards: its rows go to the owners of their keys, and key kinds work on them one level after the other.
#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <tuple>
#include <vector>

#include "engine/check.hpp"
#include "engine/job.hpp"
#include "engine/key.hpp"

namespace reckoner {

// Each screened record is looked at in the shard that owns its driver key, before it goes to the shard of any key.
void Job::screen_round() {
  const RecordScreen* const screen = shards_[0]->record_screen();
  if (screen == nullptr) return;
  const auto shards = static_cast<std::uint32_t>(shards_.size());
  for (std::uint32_t row = 0; row < round_.rows.size(); ++row) {
    if (round_.state[row] != RowState::kLive || round_.handed_on(row) != nullptr) continue;
    const std::optional<std::size_t> kind = screen->key_kind(round_.input(row));
    if (!kind) continue;
    const RecordKey& key = round_.block(row).keys[*kind][round_.rows[row].row];
    if (!key.is_absent()) shards_[shard_of(key.hash, shards)]->route_to_screen(row);
  }
  executor_->run(shards_.size(), [&](std::size_t shard, std::size_t) { shards_[shard]->screen(round_); });
}

std::uint32_t Job::owner_of(const RecordKey& key) const {
  const auto shards = static_cast<std::uint32_t>(shards_.size());
  return shards == 1 ? 0 : shard_of(key.hash, shards);
}

// visit(kind, key) for each of some key kinds that a live row is to be seen by here. With an exchange a record goes on to the owners of some of its
// keys, and comes back from there for these alone.
template <typename Visit>
void Job::visit_kinds(const Round& round, std::uint32_t row, KindSet kinds, const Visit& visit) {
  const RowRef ref = round.rows[row];
  const HandedOn* const handed_on = exchange_ ? round.handed_on(row) : nullptr;
  if (handed_on != nullptr) kinds = static_cast<KindSet>(kinds & handed_on->key_kinds);
  for (std::size_t kind = 0; kinds >> kind != 0; ++kind) {
    if ((kinds >> kind & 1U) == 0) continue;
    const RecordKey& key = round.blocks[ref.block]->keys[kind][ref.row];
    if (key.is_absent()) {
      if (handed_on == nullptr) shards_[0]->count_without_key(kind, round.input(row));
    } else if (handed_on != nullptr || !exchange_ || !exchange_->hands_on(kind)) {
      visit(kind, key);
    }
  }
}

// Every live row goes to the shard of each of its keys.
void Job::route(const Round& round, KindSet kinds) {
  for (std::uint32_t row = 0; row < round.rows.size(); ++row) {
    if (round.state[row] != RowState::kLive) continue;
    visit_kinds(round, row, kinds, [&](std::size_t kind, const RecordKey& key) { shards_[owner_of(key)]->route(kind, row); });
  }
}

// What rules put into lists, rows of the round at hand and of those that it let go have been looked at here and go on, in recorded order, however rounds are
// cut: what comes of a record that a row let go before the row, and additions before the records that they come of.
void Job::hand_on() {
  struct Leaving {
    std::uint64_t sequence;
    std::size_t turn;
    const Round* round;
    std::uint32_t row;                 // or number of an addition
    std::optional<std::uint32_t> hop;  // that it is behind; nullopt = it was read here
  };
  std::vector<Leaving> leaving;
  const std::size_t lanes = order_ ? order_->lanes() : 0;
  const std::size_t read_turn = lanes + 2;
  std::sort(leaving_additions_.begin(), leaving_additions_.end(),
            [](const ListAddition& left, const ListAddition& right) { return left.comes_before(right); });
  for (std::uint32_t i = 0; i < leaving_additions_.size(); ++i) {
    const std::uint64_t place = leaving_additions_[i].order.place;
    leaving.push_back({RowOrder::sequence(place), RowOrder::falls_due(place) ? 0 : lanes + 1, nullptr, i, std::nullopt});
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const Round& round = order_->released(lane);
    for (std::uint32_t row = 0; order_->lane(lane).hands_on && row < round.rows.size(); ++row) {
      if ((order_->meant_for(lane, row) & exchange_->lenders(round, row, true)) != 0)
        leaving.push_back({round.sequence(row), lane + 1, &round, row, order_->lane(lane).hop});
    }
  }
  for (std::uint32_t row = 0; row < round_.rows.size(); ++row) {
    if (round_.state[row] != RowState::kLive) continue;
    const HandedOn* const handed_on = round_.handed_on(row);
    if (handed_on == nullptr)
      leaving.push_back({round_.sequence(row), read_turn, &round_, row, std::nullopt});
    else if (exchange_->lenders(round_, row, false) != 0)
      leaving.push_back({round_.sequence(row), read_turn, &round_, row, handed_on->hop});
  }
  std::stable_sort(leaving.begin(), leaving.end(), [](const Leaving& left, const Leaving& right) {
    return std::tie(left.sequence, left.turn) < std::tie(right.sequence, right.turn);
  });
  for (const Leaving& one : leaving) {
    if (one.round == nullptr)
      exchange_->hand_on_addition(leaving_additions_[one.row]);
    else if (one.hop)
      exchange_->hand_on_behind(*one.hop, one.turn < read_turn, *one.round, one.row);
    else
      exchange_->hand_on_read(*one.round, one.row);
  }
  leaving_additions_.clear();
  hand_over();
}

void Job::hand_over() {
  if (exchange_->records() == 0) return;
  const std::string_view bytes = exchange_->bytes();
  or_end_epoch(collect(0, kHandedOnOutput, {bytes.data(), bytes.size()}, exchange_->records()));
  exchange_->clear();
}

void Job::lend(Round& round) const {
  if (lent_places_ == 0) return;
  std::size_t shards = 0;
  for (const auto& shard : shards_) shards = std::max<std::size_t>(shards, shard->number() + 1);
  round.lent.begin(lent_places_, round.rows.size(), shards);
  for (std::uint32_t row = 0; exchange_ && row < round.rows.size(); ++row) {
    const HandedOn* const handed_on = round.handed_on(row);
    if (handed_on != nullptr && !handed_on->adds) round.lent.put_row(row, shards_[0]->number(), round.block(row).records.beside(handed_on->lent));
  }
}

void Job::process_levels(Round& round, KindSet kinds, std::uint32_t begin, std::uint32_t end) {
  round.added = added_.get();
  for (std::uint32_t level = begin; level < end; ++level) {
    executor_->run(shards_.size(), [&](std::size_t shard, std::size_t) { shards_[shard]->process(round, kinds, level); });
    if (added_) take_additions(level);
  }
}

// What rules of one level put into lists, those of the next ones may ask.
void Job::take_additions(std::uint32_t level) {
  std::vector<ListAddition>& all = shards_[0]->additions();
  for (std::size_t shard = 1; shard < shards_.size(); ++shard) {
    std::vector<ListAddition>& some = shards_[shard]->additions();
    std::move(some.begin(), some.end(), std::back_inserter(all));
    some.clear();
  }
  if (!exchange_) return added_->take(all, level);
  leaving_additions_.insert(leaving_additions_.end(), std::make_move_iterator(all.begin()), std::make_move_iterator(all.end()));
  all.clear();
}

// What rules of any shard have put into lists is there for what is read behind it. What event time has passed by then may have been forgotten or not.
void Job::take_handed_additions() {
  for (std::uint32_t row = 0; row < round_.rows.size(); ++row) {
    const HandedOn* const handed_on = round_.handed_on(row);
    if (handed_on == nullptr || !handed_on->adds) continue;
    ListAddition addition = take_addition(round_.block(row).records.beside(handed_on->lent), RowOrder::at(round_.sequence(row), 0));
    addition.watermark_ms = std::numeric_limits<std::int64_t>::max();
    for (const std::uint32_t group : deciding_groups_) addition.watermark_ms = std::min(addition.watermark_ms, round_.watermark[group][row]);
    added_->take_handed_on(std::move(addition));
  }
}

// Key kinds that lend facts come before those that borrow them, and those that add to lists before those that ask these; those that look at records in
// order of event time after those that do as they are read, and those of derived records last; all shards wait for each other in between.
void Job::process_shards(const Ending* ending) {
  lend(round_);
  if (exchange_ && added_) take_handed_additions();
  const bool more_follows = order_ || derived_ || added_;
  process_levels(round_, as_read_, 0, more_follows ? levels_ : levels_ - 1);
  if (order_) process_in_order(ending);
  if (exchange_) hand_on();
  Round* const derived = derived_ ? derived_->gather(shards_, round_) : nullptr;
  if (derived != nullptr) {
    lend(*derived);
    route(*derived, of_derived_);
    process_levels(*derived, of_derived_, 0, levels_ - 1);
  }
  run_shards(&StageTimes::work, [&](std::size_t shard) {
    if (!more_follows) shards_[shard]->process(round_, as_read_, levels_ - 1);
    if (derived != nullptr) shards_[shard]->process(*derived, of_derived_, levels_ - 1);
    shards_[shard]->finish_round();
  });
  if (added_) settle_added();
}

void Job::settle_added() {
  std::int64_t watermark_ms = std::numeric_limits<std::int64_t>::max();
  for (const std::uint32_t group : deciding_groups_) watermark_ms = std::min(watermark_ms, round_.watermark_after[group]);
  added_->settle(watermark_ms);
}

// Rows of the round at hand that are live join those that wait, and those that event time has passed by now have their turn.
void Job::process_in_order(const Ending* ending) {
  const auto meant = [&](std::uint32_t row) {
    KindSet kinds = 0;
    visit_kinds(round_, row, in_order_, [&](std::size_t kind, const RecordKey&) { kinds = static_cast<KindSet>(kinds | 1U << kind); });
    return exchange_ ? static_cast<KindSet>(kinds | exchange_->lenders(round_, row, true)) : kinds;
  };
  if (ending != nullptr) {
    order_->let_all_go(round_, reader_->groups_at_end(), ending->hop);
  } else {
    order_->see(round_, meant, [&](const EventTimeOrder::Late& late) { refuse_late(late); });
  }
  for (std::size_t lane = 0; lane < order_->lanes(); ++lane) {
    Round& round = order_->released(lane);
    for (std::uint32_t row = 0; row < round.rows.size(); ++row) {
      const RowRef ref = round.rows[row];
      const KindSet kinds = order_->meant_for(lane, row);
      for (std::size_t kind = 0; kinds >> kind != 0; ++kind) {
        const RecordKey& key = round.blocks[ref.block]->keys[kind][ref.row];
        if ((kinds >> kind & 1U) != 0 && !key.is_absent()) shards_[owner_of(key)]->route(kind, row);
      }
    }
    lend(round);
    process_levels(round, order_->lane(lane).key_kinds, 0, levels_);
  }
}

// A record may wait on its way to others though it has no key of the lane.
void Job::refuse_late(const EventTimeOrder::Late& late) {
  const RowRef ref = round_.rows[late.row];
  const auto& keys = round_.blocks[ref.block]->keys;
  EventTimeOrder::Late told = late;
  for (std::size_t kind = 0; keys[told.key_kind][ref.row].is_absent() && kind < keys.size(); ++kind) {
    if ((in_order_ >> kind & 1U) != 0) told.key_kind = kind;
  }
  const RecordKey& key = keys[told.key_kind][ref.row];
  RECKONER_CHECK(!key.is_absent(), "a record that nobody in order of event time has a key of");
  shards_[owner_of(key)]->refuse_late(told.key_kind, round_, late.row, [&](ByteBuffer& row) { write_late_(row, round_, told); });
}

}  // namespace reckoner
