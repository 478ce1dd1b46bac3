// The few shapes that a stream of records takes at the moment. One a thread. What is in the set decides how fast a record is read, never how.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "connectors/json_strict.hpp"
#include "connectors/json_template.hpp"

namespace reckoner {

class TemplateSet {
 public:
  static constexpr std::size_t kTemplatesMax = 4;

  [[nodiscard]] bool empty() const { return templates_.empty(); }

  // The template that matched last is tried first.
  [[nodiscard]] JsonTemplate::Match match(const char* text, const char* at, const BlockWriter& writer);

  // Whether the next record that goes to the strict reader should be learned. Seldom, once shapes have proved to change all the time.
  [[nodiscard]] bool wants_to_learn() { return strict_records_++ >= learn_after_; }

  void learn(const RecordPlan& plan, std::string_view record, const std::vector<JsonSlot>& slots);

 private:
  std::vector<JsonTemplate> templates_;
  std::size_t current_ = 0;
  std::size_t replaced_next_ = 0;
  std::uint64_t strict_records_ = 0;  // since the last lesson
  std::uint64_t learn_after_ = 0;
};

}  // namespace reckoner
