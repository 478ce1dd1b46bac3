// The rules of one key kind: each distinct predicate is evaluated once a batch, each rule is a few operations on bit masks, and only rows
// that fire cost more. Unknown never fires and is counted per rule and reason. An alert says what fired, on which values and bounds, and which
// records made it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/operator.hpp"
#include "operators/absence.hpp"
#include "operators/absence_waits.hpp"
#include "operators/alert_hold.hpp"
#include "operators/alert_records.hpp"
#include "operators/evaluator.hpp"
#include "operators/evidence.hpp"
#include "operators/plan.hpp"
#include "operators/sliding.hpp"
#include "operators/unknown_reasons.hpp"

namespace reckoner {

// Counted since the job was created, so kept with the state.
struct RuleCounts {
  std::uint64_t fired = 0;
  std::uint64_t repeated = 0;  // of these: told as repeats of one before
  std::uint64_t faults = 0;    // unknown where the rule says that this is an error
  std::uint64_t hidden = 0;    // of those that fired: hidden by an exception
  UnknownCounts unknown{};
  std::vector<WaitCounts> waits;  // where it could not know, by input; none = it reads no absence
};

// The operators of facts that know which records are behind an alert. They live as long as the operator that asks.
struct FactSources {
  std::vector<const SlidingOperator*> windows;
  std::vector<const EvidenceSource*> records;
  std::vector<const RowUsuals*> usuals;
  std::vector<const AbsenceOperator*> absences;
  const BorrowingOperator* borrowed = nullptr;  // null = no fact is
};

class AlertsOperator : public Operator {
 public:
  AlertsOperator(const Plan& plan, const KeyPlan& key, std::shared_ptr<Evaluator> evaluator, FactSources sources);

  void declare(RecordLayout& layout) override;
  void process(const Batch& batch, Features& features, Effects& effects) override;
  std::int64_t advance(const WatermarkStep&, Effects&) override { return kNothingDue; }
  void save(std::byte* record, std::byte* image, StateWriter& writer) override;
  void load(std::byte* record, std::string_view part, std::string_view value) override;

  [[nodiscard]] std::span<const RuleCounts> counts() const { return counts_; }

 private:
  struct Rule {
    Evaluator::NodeId fire;
    std::vector<Evaluator::NodeId> sentence;
    std::vector<std::pair<Evaluator::NodeId, Evaluator::NodeId>> bounds;
    std::vector<Evaluator::NodeId> columns;
    std::vector<Evaluator::NodeId> listed;
    std::vector<Evaluator::NodeId> additions;
    std::vector<const AbsenceOperator*> verdicts;
    std::optional<AbsenceWaits> waits;
    std::optional<AlertHold> hold;
    std::vector<Evaluator::NodeId> dedup;
    std::vector<std::optional<Evaluator::NodeId>> exceptions;
    Mask hits;
  };
  struct Trigger {  // the record that an alert is about
    std::uint64_t position;
    std::string id;  // "" = none is declared
  };
  struct Contributing {  // records that count in a fact of some rule
    InputId input;
    std::optional<Evaluator::NodeId> where;
  };

  void find_contributing();
  [[nodiscard]] Mask rows_to_look_at(const Batch& batch, std::size_t rule) const;
  [[nodiscard]] Trigger trigger_of(const Batch& batch, std::size_t row, std::size_t rule) const;
  [[nodiscard]] Mask contributing_rows(const Batch& batch);
  void keep_id(const Batch& batch, std::size_t row);
  void write_row(const Batch& batch, std::size_t row, std::uint32_t rule, Effects& effects);
  void note_unknown(const Batch& batch, std::uint32_t rule, const Mask& rows, Effects& effects);
  [[nodiscard]] std::string fault_text(std::uint32_t rule, std::size_t row, const UnknownReasons::Rows& reasons) const;
  [[nodiscard]] RowOrder order(const Batch& batch, std::size_t row, std::uint32_t rule) const;
  [[nodiscard]] static std::string to_text(const AlertId& id);
  [[nodiscard]] AlertId alert_id(std::string_view key, const RulePlan& plan, const Trigger& record) const;
  [[nodiscard]] const ExceptionPlan* exception_of(const Batch& batch, std::size_t row, std::uint32_t rule);
  [[nodiscard]] std::uint64_t dedup_hash(std::size_t row, std::uint32_t rule);
  // How the alert stands to those before it.
  struct Standing {
    std::string_view severity;
    bool repeats = false;
    bool hidden = false;
  };
  Standing write_standing(RowWriter& writer, const Batch& batch, std::size_t row, std::uint32_t rule, const AlertId& id);
  void add_to_lists(const Batch& batch, std::size_t row, std::uint32_t rule, std::string_view id, Effects& effects);
  void write_cell(RowWriter& writer, std::string_view name, Evaluator::NodeId node, std::size_t row);
  void write_evidence(RowWriter& writer, const Batch& batch, std::size_t row, std::uint32_t rule);
  void write_usuals(RowWriter& writer, std::size_t row, const RulePlan& plan) const;
  void write_list_entries(RowWriter& writer, std::size_t row, std::uint32_t rule);
  void write_contributions(RowWriter& writer, const Batch& batch, std::size_t row, const RulePlan& plan);
  void gather_contributions(const Batch& batch, std::size_t row, const RulePlan& plan);

  Plan plan_;  // names, sentences, schemas
  KeyPlan key_;
  std::vector<Schema> schemas_;
  std::vector<std::uint32_t> id_fields_;  // by input, of those that declare an id
  std::shared_ptr<Evaluator> evaluator_;
  FactSources sources_;
  std::optional<EvidenceIds> ids_;
  std::vector<Contributing> contributing_;
  UnknownReasons reasons_;
  AlertRecords records_;
  std::vector<Rule> rules_;
  std::vector<RuleCounts> counts_;
  std::vector<Contribution> contributions_;  // of the row at hand that are told
  std::size_t contributions_in_all_ = 0;     // and counted
  std::string version_text_;
};

}  // namespace reckoner
