#include "connectors/template_set.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace reckoner {

namespace {

constexpr std::uint64_t kLearnAfterMax = 4096;  // records

void clear_row(const BlockWriter& writer, std::size_t fields) {
  for (std::size_t field = 0; field < fields; ++field) {
    if (std::int64_t* const column = writer.column(field); column != nullptr) column[writer.row()] = 0;
  }
}

}  // namespace

JsonTemplate::Match TemplateSet::match(const char* text, const char* at, const BlockWriter& writer) {
  JsonTemplate::Match match = templates_[current_].match(text, at, writer);
  if (match.end != nullptr) [[likely]]
    return match;
  for (std::size_t other = 0; other < templates_.size(); ++other) {
    if (other == current_) continue;
    clear_row(writer, kFieldsMax);
    match = templates_[other].match(text, at, writer);
    if (match.end != nullptr) {
      current_ = other;
      return match;
    }
  }
  return {};
}

void TemplateSet::learn(const RecordPlan& plan, std::string_view record, const std::vector<JsonSlot>& slots) {
  strict_records_ = 0;
  learn_after_ = std::min(learn_after_ * 2 + 1, kLearnAfterMax);
  std::optional<JsonTemplate> learned = JsonTemplate::learn(plan, record, slots);
  if (!learned) return;
  if (templates_.size() < kTemplatesMax) {
    current_ = templates_.size();
    templates_.push_back(std::move(*learned));
    return;
  }
  current_ = replaced_next_;
  templates_[current_] = std::move(*learned);
  replaced_next_ = (replaced_next_ + 1) % kTemplatesMax;
}

}  // namespace reckoner
