// Runs a plan over events that a test gives: one shard with every key kind, as the program wires it, without reader, decoder and job. The
// watermarks are worked out here by the definition, so that tests need not trust engine/watermark.
// Rules whose fire is always_true() and whose columns are facts show what the operators compute at each record.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/key.hpp"
#include "engine/shard.hpp"
#include "engine/watermark.hpp"
#include "operators/build.hpp"
#include "operators/plan.hpp"
#include "support/catch.hpp"

namespace reckoner::testing {

using Cell = std::variant<std::monostate, std::int64_t, std::string>;  // monostate = no value

// Cells by field; the first is the event time.
struct Event {
  InputId input = 0;
  std::vector<Cell> cells;

  [[nodiscard]] std::int64_t time() const { return std::get<std::int64_t>(cells[0]); }
  [[nodiscard]] bool has(std::size_t field) const { return cells[field].index() != 0; }
  [[nodiscard]] std::int64_t number(std::size_t field) const { return std::get<std::int64_t>(cells[field]); }
  [[nodiscard]] const std::string& text(std::size_t field) const { return std::get<std::string>(cells[field]); }
};

// ---- parts of plans ------------------------------------------------------------------------------------------------------------------------

inline ValueType type_of(ValueKind kind, std::uint8_t scale = 0) {
  ValueType type;
  type.kind = kind;
  type.scale = scale;
  return type;
}

inline Field field_of(std::string name, ValueKind kind, std::uint8_t scale = 0) {
  Field field;
  field.name = field.path = std::move(name);
  field.type = type_of(kind, scale);
  field.length_max = 16;
  return field;
}

inline Expression leaf(Operation operation, ValueType type, std::uint32_t position, InputId input = 0) {
  Expression made;
  made.operation = operation;
  made.type = std::move(type);
  made.position = position;
  made.input = input;
  return made;
}

inline Expression constant(ValueKind kind, std::int64_t value) {
  Expression made;
  made.type = type_of(kind);
  made.constant = value;
  return made;
}

inline Expression always_true() { return constant(ValueKind::kBool, 1); }

inline Expression apply(Operation operation, ValueKind kind, std::vector<Expression> arguments) {
  Expression made;
  made.operation = operation;
  made.type = type_of(kind);
  made.arguments = std::move(arguments);
  return made;
}

inline FactPlan fact_of(FactKind kind, InputId input, std::uint32_t value, ValueKind type, std::int64_t within_ms = 0) {
  FactPlan made;
  made.kind = kind;
  made.input = input;
  made.value = value;
  made.type = type_of(type);
  made.within_ms = within_ms;
  return made;
}

// A rule that fires at every record of `input` and shows all facts of the key, as f0, f1 and so on.
inline RulePlan show_facts(const KeyPlan& key, InputId input) {
  RulePlan rule;
  rule.id = "show" + std::to_string(input);
  rule.input = input;
  rule.fire = always_true();
  rule.sentence.texts = {""};
  for (std::uint32_t i = 0; i < key.facts.size(); ++i)
    rule.columns.emplace_back("f" + std::to_string(i), leaf(Operation::kFact, key.facts[i].type, i));
  return rule;
}

// ---- running -------------------------------------------------------------------------------------------------------------------------------

class PlanRun {
 public:
  explicit PlanRun(Plan plan, std::size_t batch_rows = kBatchRows)
      : plan_(std::move(plan)), batch_rows_(batch_rows), high_(plan_.inputs.size(), kNoWatermark), read_(plan_.inputs.size()), shard_(make_shard()) {}

  // One round of events in reading order.
  void read(const std::vector<Event>& events) {
    Round round;
    round.first_sequence = sequence_;
    add_blocks(round, events);
    const std::vector<WatermarkGroup> groups = watermark_groups(plan_);
    round.watermark.resize(groups.size());
    std::vector<std::uint32_t> taken(plan_.inputs.size());
    for (const Event& event : events) {
      round.rows.push_back({event.input, taken[event.input]++});
      round.state.push_back(RowState::kLive);
      round.event_time.push_back(event.time());
      for (std::size_t group = 0; group < groups.size(); ++group) round.watermark[group].push_back(watermark(groups[group]));
      high_[event.input] = std::max(high_[event.input], event.time());
    }
    for (const WatermarkGroup& group : groups) round.watermark_after.push_back(watermark(group));
    round.late.assign(plan_.keys.size(), std::vector<std::uint8_t>(events.size()));
    for (std::uint32_t row = 0; row < events.size(); ++row) {
      for (std::size_t kind = 0; kind < plan_.keys.size(); ++kind) {
        if (round.block(row).keys[kind][round.rows[row].row].is_absent()) {
          shard_->count_without_key(kind, round.input(row));
        } else {
          shard_->route(kind, row);
        }
      }
    }
    sequence_ += events.size();
    shard_->process(round, static_cast<KindSet>((1U << plan_.keys.size()) - 1), 0);
    shard_->finish_round();
    shard_->close(round.watermark_after, std::nullopt, 1U << 20U);
    for (std::size_t output = 0; output < kOutputs; ++output) written_[output].append(shard_->output(output).data(), shard_->output(output).size());
    shard_->clear_outputs();
  }

  // Copies the state as a checkpoint does and goes on with a new shard that is given the copy.
  void restart() {
    shard_->begin_checkpoint();
    while (shard_->gather(16)) {
    }
    for (const CheckpointParts* parts : {&shard_->early_parts(), &shard_->ordered_parts()}) {
      for (std::size_t i = 0; i < parts->size(); ++i) {
        const CheckpointParts::Part& part = parts->part(i);
        const std::string key(CheckpointParts::key(part));
        stored_.erase(key);
        if (!part.deleted) stored_.emplace(key, CheckpointParts::value(part));
      }
    }
    shard_ = make_shard();
    for (const auto& [key, value] : stored_) shard_->load(key, value);
    shard_->finish_load();
  }

  [[nodiscard]] const KeySpace& space(std::size_t key_kind) const { return *shard_->spaces()[key_kind]; }
  [[nodiscard]] const BuiltKeySpace& view(std::size_t key_kind) const { return views_[key_kind]; }
  [[nodiscard]] const std::string& output(OutputId output) const { return written_[static_cast<std::size_t>(output)]; }
  [[nodiscard]] std::vector<std::string> rows(OutputId output) const {
    std::vector<std::string> lines;
    std::string_view rest = written_[static_cast<std::size_t>(output)];
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    return lines;
  }

 private:
  std::unique_ptr<Shard> make_shard() {
    std::vector<std::unique_ptr<KeySpace>> spaces;
    views_.clear();
    for (std::size_t kind = 0; kind < plan_.keys.size(); ++kind) {
      views_.push_back(build_key_space(plan_, kind, 0, batch_rows_));
      spaces.push_back(std::move(views_.back().space));
    }
    return std::make_unique<Shard>(0, std::move(spaces), build_screen(plan_, 1));
  }

  void add_blocks(Round& round, const std::vector<Event>& events) {
    for (InputId input = 0; input < plan_.inputs.size(); ++input) {
      auto block = std::make_shared<KeyedBlock>();
      RecordBlock& records = block->records;
      const Schema& schema = plan_.inputs[input].schema;
      records.partition = {input, 0};
      records.first.record = read_[input];
      records.columns.resize(schema.fields.size());
      for (const Event& event : events) {
        if (event.input == input) add_record(records, event);
      }
      read_[input] += records.rows;
      block->keys.resize(plan_.keys.size());
      block->composed.resize(plan_.keys.size());
      for (std::size_t kind = 0; kind < plan_.keys.size(); ++kind) make_keys(*block, kind, schema, plan_.keys[kind].fields[input]);
      round.blocks.push_back(std::move(block));
    }
  }

  static void add_record(RecordBlock& records, const Event& event) {
    std::uint64_t present = 0;
    for (std::size_t field = 0; field < event.cells.size(); ++field) {
      const Cell& cell = event.cells[field];
      std::int64_t word = 0;
      if (const auto* number = std::get_if<std::int64_t>(&cell)) word = *number;
      if (const auto* text = std::get_if<std::string>(&cell)) {
        word = TextRef{static_cast<std::uint32_t>(records.text.size()), static_cast<std::uint32_t>(text->size())}.pack();
        records.text.insert(records.text.end(), text->begin(), text->end());
      }
      records.columns[field].push_back(word);
      if (cell.index() != 0) present |= std::uint64_t{1} << field;
    }
    records.present.push_back(present);
    records.rejected.push_back(0);
    ++records.rows;
  }

  [[nodiscard]] std::int64_t watermark(const WatermarkGroup& group) const {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const InputId input : group)
      least = std::min(least, high_[input] == kNoWatermark ? kNoWatermark : high_[input] - plan_.inputs[input].out_of_orderness_ms);
    return least;
  }

  Plan plan_;
  std::size_t batch_rows_;
  std::vector<std::int64_t> high_;   // [input] highest event time read
  std::vector<std::uint64_t> read_;  // [input] records read
  std::uint64_t sequence_ = 0;
  std::vector<BuiltKeySpace> views_;
  std::unique_ptr<Shard> shard_;
  std::map<std::string, std::string> stored_;
  std::vector<std::string> written_ = std::vector<std::string>(kOutputs);
};

// The value of a column of a row as it is written, without quotes.
inline std::string value_in(std::string_view row, std::string_view name) {
  const std::string label = "\"" + std::string(name) + "\":";
  const std::size_t at = row.find(label);
  REQUIRE(at != std::string_view::npos);
  const std::size_t begin = at + label.size();
  const bool quoted = row[begin] == '"';
  const std::size_t end = quoted ? row.find('"', begin + 1) : row.find_first_of(",}", begin);
  return std::string(row.substr(begin + (quoted ? 1 : 0), end - begin - (quoted ? 1 : 0)));
}

struct Random {  // splitmix64
  std::uint64_t state;
  std::int64_t operator()(std::int64_t below) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return static_cast<std::int64_t>((z ^ (z >> 31U)) % static_cast<std::uint64_t>(below));
  }
};

// Runs the plan over the events in several ways, which must give the same bytes; the rows of one of them.
inline std::vector<std::string> rows_of(const Plan& plan, const std::vector<Event>& events, OutputId output) {
  const auto run = [&](std::size_t batch_rows, std::size_t round_rows, bool restarts) {
    auto made = std::make_unique<PlanRun>(plan, batch_rows);
    for (std::size_t from = 0; from < events.size(); from += round_rows) {
      const std::size_t until = std::min(events.size(), from + round_rows);
      made->read({events.begin() + static_cast<std::ptrdiff_t>(from), events.begin() + static_cast<std::ptrdiff_t>(until)});
      if (restarts) made->restart();
    }
    return made;
  };
  const auto whole = run(kBatchRows, 1000, false);
  for (const auto& [batch_rows, round_rows, restarts] :
       {std::tuple{std::size_t{1}, std::size_t{1000}, false}, {std::size_t{7}, std::size_t{100}, false}, {kBatchRows, std::size_t{90}, true}}) {
    INFO("batches of " << batch_rows << ", rounds of " << round_rows << (restarts ? ", restarts" : ""));
    CHECK(run(batch_rows, round_rows, restarts)->output(output) == whole->output(output));
  }
  return whole->rows(output);
}

}  // namespace reckoner::testing
