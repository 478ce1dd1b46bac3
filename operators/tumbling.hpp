// A total: aggregates over tumbling windows of event time, half-open [start, end), start = floor((t - origin) / size) * size + origin, also
// before 1970. One final row a key and window once watermark >= end + allowed lateness; a record that comes later is refused, counted and
// listed. An open window is an array of rows in order of first touch, which is the order in which they leave; a key's record remembers its rows in
// the two latest windows it touched, older ones are found through an index that is made when it is first needed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/huge_memory.hpp"
#include "engine/operator.hpp"
#include "engine/slab.hpp"
#include "operators/evaluator.hpp"
#include "operators/plan.hpp"

namespace reckoner {

class TumblingOperator : public Operator {
 public:
  TumblingOperator(const Plan& plan, const KeyPlan& key, std::uint32_t total, std::uint32_t watermark_group, std::shared_ptr<Evaluator> evaluator);

  void declare(RecordLayout& layout) override;
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep& step, Effects& effects) override;
  void save(std::byte* record, std::byte* image, StateWriter& writer) override;
  void load(std::byte* record, std::string_view part, std::string_view value) override;

  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::uint64_t without_key() const { return without_key_; }  // records of its input, since the job was created: they are in no row

 private:
  static constexpr std::uint32_t kRowsPerChunk = 256;
  static constexpr int kRemembered = 2;

  struct State {                       // rows in the latest windows that the key touched, latest first
    std::int64_t window[kRemembered];  // its ordinal
    std::uint32_t row[kRemembered];    // 1 + place in the window; 0 = none
  };
  struct Chunk {
    std::shared_ptr<std::byte[]> rows;  // shared with a checkpoint that has not copied it yet
    bool dirty = true;
  };
  struct Frozen {  // a chunk as it was when the checkpoint began
    std::int64_t ordinal;
    std::uint32_t chunk;
    std::uint32_t bytes;
    std::shared_ptr<std::byte[]> rows;
  };
  struct Removed {  // a closed window, in so far as a checkpoint may hold it
    std::int64_t ordinal;
    std::uint32_t chunks;
  };
  struct Window {
    std::vector<Chunk> chunks;
    std::uint32_t rows = 0;
    std::uint32_t closed = 0;  // rows already written: the cursor of a close that takes several epochs
    std::uint32_t saved_chunks = 0;
    bool dirty = true;
    std::unordered_map<std::uint32_t, std::uint32_t> index;  // key -> row; looked up, never iterated
    bool indexed = false;
  };
  struct Measure {
    MeasureKind kind;
    std::uint32_t offset;  // in a row
    std::uint32_t column;  // of the batch
    std::uint32_t value;   // field
    int further_digits;    // kAverage
    InputId input;
    bool has_where;
    Evaluator::NodeId where;
    Evaluator::NodeId derived;
    Mask rows;  // of the batch at hand
    const std::int64_t* cells;
  };

  [[nodiscard]] std::byte* row_at(const Window& window, std::uint32_t row) const;
  [[nodiscard]] std::int64_t ordinal_of(std::int64_t event_time) const;
  [[nodiscard]] std::int64_t start_of(std::int64_t ordinal) const { return ordinal * total_.window_ms + total_.origin_ms; }
  [[nodiscard]] std::int64_t due_of(std::int64_t ordinal) const { return start_of(ordinal + 1) + total_.allowed_lateness_ms; }
  Window& window(std::int64_t ordinal);
  [[gnu::always_inline]] void prefetch_row(std::byte* record);
  std::byte* find_row(std::int64_t ordinal, std::uint32_t key, std::byte* record);
  std::uint32_t add_row(Window& in, std::uint32_t key);
  void grow();
  std::shared_ptr<std::byte[]> fresh_rows();
  void own(Chunk& chunk);
  void freeze(StateWriter& writer);
  static void remember(State& state, std::int64_t window, std::uint32_t row);
  void select_rows(const Batch& batch);
  void add(std::size_t row, std::byte* into) const;
  void refuse(const Batch& batch, std::size_t row, std::int64_t ordinal, Effects& effects) const;
  void close_rows(std::int64_t ordinal, Window& in, const WatermarkStep& step, Effects& effects);
  void release(std::int64_t ordinal, Window& in);
  void fill_measures(const Window& in, std::uint32_t first, std::uint32_t rows);
  void write_row(const WatermarkStep& step, const std::byte* row, std::size_t place, const BlockText& window_text, ByteBuffer& buffer) const;

  std::string rule_set_;
  KeyPlan key_;
  TotalPlan total_;
  Schema schema_;
  std::uint32_t number_;
  std::uint32_t watermark_group_;
  std::shared_ptr<Evaluator> evaluator_;
  Evaluator derived_;
  Features measure_values_;
  std::uint32_t close_number_ = 0;
  std::vector<Measure> measures_;
  Evaluator::NodeId where_ = 0;
  Mask rows_;
  std::uint32_t row_bytes_ = 0;
  std::uint32_t state_ = 0;
  std::map<std::int64_t, Window> windows_;  // by ordinal
  std::vector<HugeMemory> memory_;          // of all chunks; they end with the operator
  std::vector<std::shared_ptr<std::byte[]>> spare_;
  std::int64_t closed_through_;  // windows up to this ordinal were closed by an end of input
  bool closed_changed_ = false;
  std::uint64_t without_key_ = 0;
  bool without_key_changed_ = false;
  std::int64_t current_ordinal_ = 0;  // the window touched last, so that most rows need no search
  Window* current_ = nullptr;
  BlockText lead_text_;                   // a row up to its key
  std::vector<BlockText> measure_texts_;  // what comes before each measure's value
  std::string version_text_;
  BlockText end_text_;             // the same and the row's end
  std::size_t row_room_ = 0;       // that a row takes at most, without its key and its window
  std::vector<Removed> removed_;   // since the last checkpoint began
  std::vector<Removed> removing_;  // that the checkpoint still has to note
  std::vector<Frozen> frozen_;     // that the checkpoint still has to copy
};

}  // namespace reckoner
