// What a rule about something that did not come waited for where it could not know: inputs that fell silent or ended before the span was over,
// and inputs of which records had to be dropped. One rule of one key space, one thread, within one batch: after the operators of its facts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "operators/absence.hpp"
#include "operators/evaluator.hpp"
#include "operators/plan.hpp"

namespace reckoner {

// Of one input, counted since the job was created, so kept with the state.
struct WaitCounts {
  std::string input;
  std::uint64_t silent = 0;
  std::uint64_t let_go = 0;  // records that may have been the expected one
};
[[nodiscard]] std::string silent_text(std::string_view input);  // "input 'receipts' was silent or had ended"
[[nodiscard]] std::string let_go_text(std::string_view input);

// Stored form; do not change. Counts of inputs that `into` does not have are passed over.
void append_waits(std::string& bytes, const std::vector<WaitCounts>& waits);
void take_waits(std::string_view bytes, std::vector<WaitCounts>& into);

class AbsenceWaits {
 public:
  // `verdicts`, which live as long as this object: the absences that `fire` reads; none = the rule is about records.
  AbsenceWaits(const Plan& plan, Evaluator::NodeId fire, std::shared_ptr<Evaluator> evaluator, const std::vector<const AbsenceOperator*>& verdicts);

  [[nodiscard]] std::vector<WaitCounts> no_counts() const;  // of each input once, in the order of their names
  // In a row in which `fire` is unknown because an absence is: counts what it waited for, and says it in `length_max` bytes at most, which is
  // enough for one input.
  void count(std::size_t row, std::vector<WaitCounts>& into) const;
  [[nodiscard]] std::string text(std::size_t row, std::size_t length_max) const;

 private:
  struct Verdict {
    const AbsenceOperator* absence;
    std::string input;  // of what is expected
  };

  [[nodiscard]] std::vector<const Verdict*> blocking(std::size_t row) const;
  void collect_blocking(Evaluator::NodeId node, std::size_t row, std::vector<const Verdict*>& into) const;

  Evaluator::NodeId fire_;
  std::shared_ptr<Evaluator> evaluator_;
  std::vector<Verdict> verdicts_;
};

}  // namespace reckoner
