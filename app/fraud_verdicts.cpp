#include "app/fraud_verdicts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace reckoner {

namespace {

constexpr std::size_t kColumns = 7;
constexpr std::size_t kPatternColumn = 1;
constexpr std::size_t kEventsColumn = 6;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Result<FraudVerdicts> FraudVerdicts::make(std::string_view labels, const std::vector<std::pair<std::string, std::string>>& rule_of) {
  FraudVerdicts made;
  for (const auto& [pattern, rule] : rule_of) made.verdicts_.push_back({pattern, rule, 0, 0, 0, 0});
  const std::vector<std::string_view> lines = split(labels, '\n');
  for (std::size_t line = 1; line < lines.size(); ++line) {
    if (lines[line].empty()) continue;
    const std::vector<std::string_view> cells = split(lines[line], ',');
    const auto verdict = std::find_if(made.verdicts_.begin(), made.verdicts_.end(),
                                      [&](const RuleVerdict& one) { return cells.size() == kColumns && one.pattern == cells[kPatternColumn]; });
    if (verdict == made.verdicts_.end())
      return fail(ErrorKind::kData, fmt::format("labels.csv:{}: not a line of labels; generate the data again", line + 1));
    ++verdict->incidents;
    for (const std::string_view event : split(cells[kEventsColumn], ';')) made.incident_of_event_.emplace(event, made.incidents_.size());
    made.incidents_.push_back({static_cast<std::size_t>(verdict - made.verdicts_.begin()), false});
  }
  return made;
}

void FraudVerdicts::add_alert(std::string_view rule, const std::string& event_id) {
  const auto verdict = std::find_if(verdicts_.begin(), verdicts_.end(), [&](const RuleVerdict& one) { return one.rule == rule; });
  if (verdict == verdicts_.end()) return;
  ++verdict->alerts;
  const auto known = incident_of_event_.find(event_id);
  if (known == incident_of_event_.end()) return;
  Incident& incident = incidents_[known->second];
  if (incident.verdict != static_cast<std::size_t>(verdict - verdicts_.begin())) return;
  ++verdict->right;
  if (std::exchange(incident.found, true)) return;
  ++verdict->found;
}

}  // namespace reckoner
