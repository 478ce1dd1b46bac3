// What makes derived records by looking at all that is read, not at one key: silences, cycles. Belongs to the job's thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/derived_records.hpp"
#include "engine/round.hpp"

namespace reckoner {

class DerivedSource {
 public:
  virtual ~DerivedSource() = default;

  // Each round, in order, when the key kinds of what is read are done with it. What is told may depend on the rows before and their stamps alone,
  // never on where a round ends.
  virtual void see(const Round& round, DerivedRecords& into) = 0;

  // For a checkpoint, and back.
  [[nodiscard]] virtual std::string state() const = 0;
  virtual void restore(std::string_view state) = 0;

  // What was left out in this run since a limit was reached, for people.
  [[nodiscard]] virtual std::vector<std::string> left_out() const { return {}; }
};

}  // namespace reckoner
