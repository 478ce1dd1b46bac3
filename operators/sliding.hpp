// Exact aggregates over sliding windows (t - within, t], evaluated at each record: count, sum, average, minimum, maximum, distinct, and spread. All facts
// of one level share one ring of events a key; a window is a cursor into it. Counts and sums are running totals that add on arrival and
// subtract on expiry; the others keep the values of their window in order (operators/window_values.hpp). A record out of order is put in its
// place and asked about the past: both are corrected by the few entries between then and now.
//
// What can still be asked: t >= watermark - slack, where slack is out-of-orderness plus allowed lateness. A fact asked about an older record
// is unknown, and says so. A key that would keep more than per_key_max entries lets go of its oldest ones, and its facts are unknown
// for as long as their window reaches back to what is gone; this is told too.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/event_ring.hpp"
#include "engine/int128.hpp"
#include "engine/operator.hpp"
#include "operators/evaluator.hpp"
#include "operators/evidence.hpp"
#include "operators/key_timer.hpp"
#include "operators/plan.hpp"
#include "operators/window_values.hpp"

namespace reckoner {

struct SlidingSettings {
  std::vector<std::uint32_t> facts;  // positions in the plan: aggregates whose `where` needs no other aggregate of this operator
  std::int64_t slack_ms = 0;
  std::uint32_t per_key_max = 0;
  bool positions = false;                   // keep where each entry came from, for evidence
  std::vector<std::uint32_t> expiring;      // facts whose expiry sets a timer
  std::int64_t timer_grid_ms = 0;           // timers are rounded up to a multiple
  const KeyTimer* also_expiring = nullptr;  // an operator before this one that sets timers too
};

class SlidingOperator : public Operator, public KeyTimer {
 public:
  static constexpr std::size_t kWheresMax = kRingFlagBits;  // distinct (input, where) of the facts

  SlidingOperator(const KeyPlan& plan, SlidingSettings settings, std::shared_ptr<Evaluator> evaluator);

  // Which records the fact takes; facts with equal texts share one of the kWheresMax conditions.
  [[nodiscard]] static std::string condition_text(const FactPlan& fact);

  void declare(RecordLayout& layout) override;
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override;
  void load(std::byte* record, std::string_view part, std::string_view value) override;

  // Entries that one of `facts` counts in a row of the last batch, newest first, at most `most`. `later` are the rows of the same key behind
  // it: they are in the ring already, but were not yet there when the row was decided. Of a busy key the newest entries alone are looked at.
  void contributions(const Batch& batch, std::size_t row, std::span<const std::uint32_t> later, std::span<const std::uint32_t> facts,
                     std::size_t most, std::vector<Contribution>& into) const;

  [[nodiscard]] const RowUsuals& usuals() const { return usuals_; }  // of the last batch

  // Rows of the last batch in which facts are unknown: all of them, for a record too old to be asked about; the one at this position in the
  // plan, since per_key_max left too little of its window.
  [[nodiscard]] bool holds(std::uint32_t fact) const;
  [[nodiscard]] const Mask& too_old() const { return too_old_; }
  [[nodiscard]] Mask truncated(std::uint32_t fact) const;
  [[nodiscard]] std::int64_t timer(const std::byte* record) const override { return RecordLayout::at<std::int64_t>(record, timer_); }
  [[nodiscard]] std::size_t bytes() const { return rings_->bytes() + ordered_.bytes(); }
  [[nodiscard]] std::size_t entry_bytes() const { return rings_->entry_bytes(); }
  // Of a record, that some window may still count.
  [[nodiscard]] std::uint32_t live_entries(const std::byte* record) const { return RecordLayout::at<State>(record, state_).live; }

 private:
  struct Cursor {  // first entry of a window; time is kNothingDue when the window is empty
    RingPlace place;
    std::int64_t time;
  };
  struct State {
    RingHead ring;
    std::uint32_t live;       // entries from retained on
    std::int64_t reference;   // running totals are of (reference - within, reference]
    Cursor retained;          // first entry that can still be asked for
    std::int64_t lost_until;  // entries up to this time were let go for want of room
    std::uint32_t made;       // 0 in a new record
    std::uint32_t batch;      // that touched it last
  };
  struct Fact {
    FactKind kind;
    std::uint32_t flag;
    std::uint32_t word;   // of an entry
    std::uint32_t total;  // offset of the running total in the record: Count, Int128, or Int128 then Count
    std::uint32_t feature;
    std::uint32_t place;   // in past_, of a running total
    std::uint32_t series;  // in ordered_, of what is not running
    bool exclude_current;
    int further_digits;                  // kAverage
    SpreadQuestion question;             // of what is not running
    std::optional<ColumnSource> scored;  // whose value a z-score is of
  };
  using Count = std::uint32_t;
  struct Window {
    std::int64_t within_ms;
    std::uint32_t cursor;  // offset in the record
    bool expiring = false;
    Mask truncated;  // rows of the batch
    std::vector<Fact> running;
    std::vector<Fact> ordered;
  };
  struct Where {
    InputId input;
    bool always;
    Evaluator::NodeId node;
    std::optional<std::uint32_t> value;  // field that must be there, for what aggregates values
    std::string text;
  };
  struct ValueWord {
    InputId input;
    std::uint32_t field;
    std::uint32_t column;  // of the batch
    bool hashed;           // a string: its hash, and no column
    std::uint32_t word;
  };
  struct Row {  // what the row loop passes along
    std::byte* record = nullptr;
    State* state = nullptr;
    const Batch* batch = nullptr;
    std::size_t row = 0;
    std::int64_t time = 0;
    std::int64_t watermark = 0;
    std::uint32_t flags = 0;
  };
  struct Totals {
    Int128 sum = 0;
    std::int64_t count = 0;
  };

  void add_fact(const KeyPlan& plan, std::uint32_t position, std::vector<std::uint32_t>& words_of_input);
  std::uint32_t where_flag(const FactPlan& fact);
  std::uint32_t value_word(const FactPlan& fact, std::vector<std::uint32_t>& words_of_input);
  void mark_rows(const Batch& batch);
  [[nodiscard]] bool is_in_order(const Row& row) const;
  void process_in_order(const Row& row, Features& features);
  void process_row(Row& row, Features& features);
  [[gnu::always_inline]] void prefetch(std::byte* record, std::int64_t event_time) const;
  void release(const Row& row);
  void settle(const Row& row, std::int64_t reference);
  static void add_to_total(std::byte* record, const Fact& fact, std::uint32_t flags, const std::int64_t* entry, int sign);
  void evict(std::byte* record, State& state, const Window& window, Cursor& cursor, std::int64_t cut);
  void retain(State& state, std::int64_t cut);
  RingPlace store(Row& row);
  void fill_entry(const Row& row, std::int64_t* entry) const;
  void drop_oldest(Row& row);
  void write_features(const Row& row, Features& features, bool before_current);
  void look_at_past(const Row& row);
  [[nodiscard]] std::span<const char> packed_entries(std::uint32_t chunk, std::size_t bytes);
  void write_running(const Row& row, const Fact& fact, Features& features) const;
  void write_sum(const Row& row, const Fact& fact, Int128 sum, std::int64_t count, Features& features) const;
  void write_ordered(const Row& row, const Fact& fact, Features& features);
  [[nodiscard]] std::int64_t next_timer(const Row& row) const;
  [[nodiscard]] std::int64_t& timer(std::byte* record) const { return RecordLayout::at<std::int64_t>(record, timer_); }
  [[nodiscard]] State& state(std::byte* record) const { return RecordLayout::at<State>(record, state_); }

  SlidingSettings settings_;
  std::shared_ptr<Evaluator> evaluator_;
  std::unique_ptr<EventRings> rings_;
  RowUsuals usuals_;
  WindowValues ordered_;
  std::vector<Window> windows_;
  std::vector<Fact> counts_;  // of all windows, for rows in order
  std::vector<Fact> sums_;
  bool only_running_ = true;  // no fact looks at entries or leaves the current record out
  std::vector<Where> wheres_;
  std::vector<ValueWord> values_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> flag_of_fact_;  // plan position -> flag
  std::vector<std::int64_t> within_of_fact_;                           // parallel
  std::uint32_t state_ = 0;
  std::uint32_t timer_ = 0;  // of the key: the timer that was asked for last
  std::int64_t keep_ms_ = 0;
  std::vector<std::uint32_t> flags_;
  std::array<bool, 2> shows_totals_{};    // some running total leaves the current record out: [0] no, [1] yes
  std::vector<Totals> past_;              // of running totals, as of a row that is older than their reference
  Mask too_old_;                          // rows of the batch
  Mask stored_;                           // rows of the batch that got an entry
  std::vector<std::int64_t> lost_until_;  // [row of the batch]: of its key, when it was decided
  std::vector<char> packed_;              // entries of a chunk, for a checkpoint
  std::vector<std::byte> entries_;        // the same, from one
};

}  // namespace reckoner
