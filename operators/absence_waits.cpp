#include "operators/absence_waits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/big_endian.hpp"

namespace reckoner {

namespace {

WaitCounts* of_input(std::vector<WaitCounts>& waits, std::string_view input) {
  const auto found = std::find_if(waits.begin(), waits.end(), [&](const WaitCounts& wait) { return wait.input == input; });
  return found == waits.end() ? nullptr : &*found;
}

}  // namespace

std::string silent_text(std::string_view input) { return fmt::format("input '{}' was silent or had ended", input); }

std::string let_go_text(std::string_view input) { return fmt::format("records of input '{}' had to be let go", input); }

void append_waits(std::string& bytes, const std::vector<WaitCounts>& waits) {
  append_big_endian(bytes, static_cast<std::uint32_t>(waits.size()));
  for (const WaitCounts& wait : waits) {
    append_counted(bytes, wait.input);
    append_big_endian(bytes, wait.silent);
    append_big_endian(bytes, wait.let_go);
  }
}

void take_waits(std::string_view bytes, std::vector<WaitCounts>& into) {
  for (auto left = take_big_endian<std::uint32_t>(bytes); left > 0; --left) {
    WaitCounts* const wait = of_input(into, take_counted(bytes));
    const auto silent = take_big_endian<std::uint64_t>(bytes);
    const auto let_go = take_big_endian<std::uint64_t>(bytes);
    if (wait == nullptr) continue;
    wait->silent = silent;
    wait->let_go = let_go;
  }
}

AbsenceWaits::AbsenceWaits(const Plan& plan, Evaluator::NodeId fire, std::shared_ptr<Evaluator> evaluator,
                           const std::vector<const AbsenceOperator*>& verdicts)
    : fire_(fire), evaluator_(std::move(evaluator)) {
  for (const AbsenceOperator* absence : verdicts) verdicts_.push_back({absence, plan.inputs[absence->expected_input()].schema.input});
  std::sort(verdicts_.begin(), verdicts_.end(), [](const Verdict& left, const Verdict& right) { return left.input < right.input; });
}

std::vector<WaitCounts> AbsenceWaits::no_counts() const {
  std::vector<WaitCounts> waits;
  for (const Verdict& verdict : verdicts_) {
    if (of_input(waits, verdict.input) == nullptr) waits.push_back({verdict.input});
  }
  return waits;
}

void AbsenceWaits::count(std::size_t row, std::vector<WaitCounts>& into) const {
  for (const Verdict* verdict : blocking(row)) {
    WaitCounts* const wait = of_input(into, verdict->input);
    ++(verdict->absence->is_silent(row) ? wait->silent : wait->let_go);
  }
}

std::string AbsenceWaits::text(std::size_t row, std::size_t length_max) const {
  constexpr std::size_t kRest = 16;  // "; and 60 more"
  const std::vector<const Verdict*> verdicts = blocking(row);
  std::string text;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const std::string one = verdicts[i]->absence->is_silent(row) ? silent_text(verdicts[i]->input) : let_go_text(verdicts[i]->input);
    const bool is_last = i + 1 == verdicts.size();
    if (i > 0 && text.size() + one.size() + (is_last ? 2 : kRest) > length_max) return text + fmt::format("; and {} more", verdicts.size() - i);
    text += (i > 0 ? "; " : "") + one;
  }
  return text;
}

// Each input once for each of the two reasons.
std::vector<const AbsenceWaits::Verdict*> AbsenceWaits::blocking(std::size_t row) const {
  std::vector<const Verdict*> found;
  collect_blocking(fire_, row, found);
  const auto cause = [&](const Verdict* verdict) { return std::pair<std::string_view, bool>(verdict->input, !verdict->absence->is_silent(row)); };
  std::sort(found.begin(), found.end(), [&](const Verdict* left, const Verdict* right) { return cause(left) < cause(right); });
  const auto same = [&](const Verdict* left, const Verdict* right) { return cause(left) == cause(right); };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

// A part that is known has not made the whole unknown, whatever it is made of; nor has a branch that was not taken.
void AbsenceWaits::collect_blocking(Evaluator::NodeId node, std::size_t row, std::vector<const Verdict*>& into) const {
  if (evaluator_->evaluate(node).known.test(row)) return;
  const std::vector<Evaluator::NodeId>& parts = evaluator_->arguments(node);
  if (evaluator_->operation(node) == Operation::kIf) {
    const Evaluated& condition = evaluator_->evaluate(parts[0]);
    return collect_blocking(parts[!condition.known.test(row) ? 0 : condition.truth.test(row) ? 1 : 2], row, into);
  }
  for (const Evaluator::NodeId part : parts) collect_blocking(part, row, into);
  if (evaluator_->operation(node) != Operation::kFact) return;
  for (const Verdict& verdict : verdicts_) {
    if (verdict.absence->fact() == evaluator_->position(node)) into.push_back(&verdict);
  }
}

}  // namespace reckoner
