#include "operators/cycle_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/big_endian.hpp"
#include "engine/check.hpp"
#include "engine/int128.hpp"
#include "operators/handing_on.hpp"
#include "operators/record_filter.hpp"

namespace reckoner {

namespace {

constexpr std::uint64_t kStepsMax = 100'000;  // of one search

}  // namespace

CycleWatch::CycleWatch(const Plan& plan, InputId cycles) : cycles_(cycles), kind_(kind_of_cycles(plan, cycles)), schema_(plan.inputs[cycles].schema) {
  const std::optional<CyclePlan>& planned = plan.inputs[cycles].cycle;
  RECKONER_CHECK(planned.has_value(), "input {} is of no cycles", schema_.input);
  plan_ = *planned;
  const InputPlan& read = plan.inputs[plan_.input];
  disorder_ms_ = read.out_of_orderness_ms;
  if (plan_.where) fails_ = make_record_condition(*plan_.where, plan_.input, read.schema.event_time);
}

std::uint32_t CycleWatch::account(std::string_view name) {
  auto place = places_.find(name);
  if (place == places_.end()) {
    if (spare_.empty()) {
      spare_.push_back(static_cast<std::uint32_t>(accounts_.size()));
      accounts_.emplace_back();
    }
    place = places_.emplace(name, spare_.back()).first;
    spare_.pop_back();
    accounts_[place->second].name = name;
  }
  ++accounts_[place->second].uses;
  return place->second;
}

void CycleWatch::release(std::uint32_t number) {
  Account& account = accounts_[number];
  if (--account.uses > 0) return;
  places_.erase(account.name);
  account = {};
  spare_.push_back(number);
}

void CycleWatch::add(std::string_view from, std::string_view to, std::int64_t event_time, std::int64_t amount) {
  const Transfer added{account(from), account(to), event_time, amount};
  accounts_[added.to].reached_by.push_back(first_ + transfers_.size());
  transfers_.push_back(added);
  newest_ms_ = std::max(newest_ms_.value_or(event_time), event_time);
}

void CycleWatch::forget_first() {
  const Transfer oldest = transfers_.front();
  Account& reached = accounts_[oldest.to];
  RECKONER_CHECK(!reached.reached_by.empty() && reached.reached_by.front() == first_, "transfer {} is not where it was put", first_);
  reached.reached_by.pop_front();
  transfers_.pop_front();
  ++first_;
  release(oldest.from);
  release(oldest.to);
}

// What no record that is still in time can close a cycle with. Those behind a younger one wait for it.
void CycleWatch::forget_old(std::int64_t event_time) {
  const std::int64_t horizon = std::max(newest_ms_.value_or(event_time), event_time) - disorder_ms_ - plan_.within_ms;
  while (!transfers_.empty() && transfers_.front().event_time <= horizon) forget_first();
  while (transfers_.size() >= plan_.transfers_max) {
    forget_first();
    ++dropped_;
  }
}

// Where transfers are handed on to one place, those that come from there.
bool CycleWatch::sees(const Round& round, std::size_t row) const {
  const HandedOn* const handed_on = round.handed_on(static_cast<std::uint32_t>(row));
  if (plan_.hop == 0) return handed_on == nullptr;
  return handed_on != nullptr && (handed_on->key_kinds >> kind_ & 1U) != 0;
}

void CycleWatch::see(const Round& round, DerivedRecords& into) {
  std::vector<std::vector<std::uint8_t>> fails(round.blocks.size());
  for (std::size_t block = 0; block < round.blocks.size() && fails_; ++block) {
    if (round.blocks[block]->records.partition.input == plan_.input) fails_(*round.blocks[block], fails[block]);
  }
  for (std::size_t row = 0; row < round.rows.size(); ++row) {
    if (round.state[row] != RowState::kLive || round.input(row) != plan_.input || !sees(round, row)) continue;
    const RowRef ref = round.rows[row];
    const RecordBlock& records = round.blocks[ref.block]->records;
    const auto has = [&](std::size_t field) { return (records.present[ref.row] >> field & 1U) != 0; };
    if (!has(plan_.from) || !has(plan_.to) || (plan_.amount && !has(*plan_.amount))) continue;
    if (fails_ && fails[ref.block][ref.row] != 0) continue;
    const std::string_view from = records.string(plan_.from, ref.row);
    const std::string_view to = records.string(plan_.to, ref.row);
    if (from == to) continue;
    forget_old(round.event_time[row]);
    add(from, to, round.event_time[row], plan_.amount ? records.columns[*plan_.amount][ref.row] : 0);
    if (find_cycle()) tell(round, row, into);
  }
}

// Ending in the newest transfer; the path is in path_ then.
bool CycleWatch::find_cycle() {
  steps_ = 0;
  for (std::uint32_t hops = plan_.hops_min; hops <= plan_.hops_max && steps_ < kStepsMax; ++hops) {
    path_.assign(1, first_ + transfers_.size() - 1);
    if (go_back(path_.front(), hops - 1)) return true;
  }
  if (steps_ >= kStepsMax) ++given_up_;
  return false;
}

// So many transfers more, back from where `later` left to where the newest transfer arrives.
bool CycleWatch::go_back(std::uint64_t later, std::uint32_t hops) {
  const std::uint32_t goal = transfer(path_.front()).to;
  const std::deque<std::uint64_t>& reached_by = accounts_[transfer(later).from].reached_by;
  for (auto number = reached_by.rbegin(); number != reached_by.rend() && steps_ < kStepsMax; ++number) {
    ++steps_;
    if (!can_precede(*number, later)) continue;
    const std::uint32_t from = transfer(*number).from;
    if ((hops == 1) != (from == goal)) continue;
    const auto leaves = [&](std::uint64_t other) { return transfer(other).from == from; };
    if (std::any_of(path_.begin(), path_.end(), leaves)) continue;
    path_.push_back(*number);
    if (hops == 1 || go_back(*number, hops - 1)) return true;
    path_.pop_back();
  }
  return false;
}

bool CycleWatch::can_precede(std::uint64_t number, std::uint64_t later) const {
  const Transfer& earlier = transfer(number);
  const Transfer& next = transfer(later);
  if (earlier.event_time > next.event_time || (earlier.event_time == next.event_time && number > later)) return false;
  if (earlier.event_time <= transfer(path_.front()).event_time - plan_.within_ms) return false;
  constexpr int kWhole = 100;
  return plan_.pass_percent == 0 || Int128{next.amount} * kWhole >= Int128{earlier.amount} * plan_.pass_percent;
}

void CycleWatch::tell(const Round& round, std::size_t row, DerivedRecords& into) const {
  const RowRef ref = round.rows[row];
  const RecordBlock& records = round.blocks[ref.block]->records;
  const std::int64_t event_time = round.event_time[row];
  into.begin(cycles_, schema_.fields.size(), RowOrder::at(round.sequence(row), 0), event_time, records.string(plan_.from, ref.row));
  for (const auto& [field, of_read] : plan_.copied) {
    if ((records.present[ref.row] >> of_read & 1U) == 0) continue;
    const std::int64_t cell = records.columns[of_read][ref.row];
    if (schema_.fields[field].type.kind == ValueKind::kString)
      into.set_text(field, records.string(TextRef::unpack(cell)));
    else
      into.set(field, cell);
  }
  std::string path;
  for (auto number = path_.rbegin(); number != path_.rend(); ++number) path += accounts_[transfer(*number).from].name + " > ";
  path += accounts_[transfer(path_.front()).to].name;
  if (const auto field = schema_.find(kHops)) into.set(*field, static_cast<std::int64_t>(path_.size()));
  if (const auto field = schema_.find(kPath)) into.set_text(*field, path);
  if (const auto field = schema_.find(kBegan)) into.set(*field, transfer(path_.back()).event_time);
}

// Stored in checkpoints: do not change. The newest event time; the transfers, oldest first: accounts, event time, amount.
std::string CycleWatch::state() const {
  std::string state;
  if (!newest_ms_) return state;
  append_big_endian(state, static_cast<std::uint64_t>(*newest_ms_));
  for (const Transfer& transfer : transfers_) {
    append_counted(state, accounts_[transfer.from].name);
    append_counted(state, accounts_[transfer.to].name);
    append_big_endian(state, static_cast<std::uint64_t>(transfer.event_time));
    append_big_endian(state, static_cast<std::uint64_t>(transfer.amount));
  }
  return state;
}

void CycleWatch::restore(std::string_view state) {
  if (state.empty()) return;
  newest_ms_ = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(state));
  while (!state.empty()) {
    const std::string_view from = take_counted(state);
    const std::string_view to = take_counted(state);
    const auto event_time = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(state));
    add(from, to, event_time, static_cast<std::int64_t>(take_big_endian<std::uint64_t>(state)));
  }
}

std::vector<std::string> CycleWatch::left_out() const {
  std::vector<std::string> left_out;
  if (dropped_ > 0)
    left_out.push_back(
        fmt::format("cycles '{}': {} transfers were forgotten before their time; raise max_transfers, or narrow where", schema_.input, dropped_));
  if (given_up_ > 0)
    left_out.push_back(
        fmt::format("cycles '{}': {} searches were given up after {} steps; narrow where, hops or within", schema_.input, given_up_, kStepsMax));
  return left_out;
}

}  // namespace reckoner
