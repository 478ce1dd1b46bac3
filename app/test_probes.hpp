// What facts, scores and the parts of conditions are worth at each record of a test: conditions that always hold, added to a copy of the plan,
// whose rows carry these values (of absences and what is bound, which have none at a record, the alerts alone tell). So a test sees what the rules
// saw, computed by the same operators at the same moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operators/plan.hpp"

namespace reckoner {

using ProbedValue = std::optional<std::string>;  // as a row writes it; nothing = unknown

// A condition inside a rule's `fire` that is joined to others by and, or, not.
struct Branch {
  std::size_t key = 0;
  std::size_t rule = 0;  // position in the key's plan
  std::string text;
};

// Values at one record, of one key kind.
struct ProbeReading {
  std::size_t key = 0;
  InputId input = 0;
  std::uint64_t record = 0;         // of the input, from 0
  std::int64_t time_ms = 0;         // its event time
  std::vector<ProbedValue> facts;   // by position in the key's plan
  std::vector<ProbedValue> fields;  // of a derived record, which no test sends
  std::vector<ProbedValue> scores;
  std::vector<std::pair<std::size_t, bool>> fired;     // position of each rule of the input, and whether it fired
  std::vector<std::pair<std::size_t, bool>> branches;  // index of each branch that is known, and whether it holds
};

class Probes {
 public:
  // `plan` as compiled.
  explicit Probes(const Plan& plan);

  // The plan with the probes in it.
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const std::vector<Branch>& branches() const { return branches_; }

  [[nodiscard]] static bool is_probe(std::string_view alert_row);
  [[nodiscard]] ProbeReading read(std::string_view alert_row) const;

 private:
  enum class Kind : std::uint8_t { kFact, kField, kScore, kRule, kBranch };
  struct Column {
    Kind kind = Kind::kFact;
    std::size_t index = 0;
  };
  struct Probe {
    std::size_t key = 0;
    InputId input = 0;
    std::vector<Column> columns;
  };

  void add(std::size_t key, InputId input, const KeyPlan& as_compiled);

  Plan plan_;
  std::vector<Branch> branches_;
  std::vector<Probe> probes_;
};

}  // namespace reckoner
