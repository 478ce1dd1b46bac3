// The forms of sequence, together and absent: what stands behind the key, and the settings that go with it.
#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "rules/map_forms.hpp"
#include "rules/rule_set_reader.hpp"

namespace reckoner {

namespace {

StepDefinition read_sides(const MapReader& map, Written name) {
  StepDefinition step;
  step.name = std::move(name);
  if (const YamlNode* on = map.find("on")) step.on = map.values().text(*on);
  if (const YamlNode* where = map.find("where")) step.where = map.values().expression(*where);
  return step;
}

// Empty when the step is not to be used.
std::optional<StepDefinition> read_step(const ValueReader& values, const YamlNode& node, bool in_order) {
  if (!values.is_map(node, "a step")) return std::nullopt;
  const MapReader map(values, node, in_order ? sequence_step_form() : together_step_form());
  const YamlNode* name = in_order ? map.require("name") : map.find("name");
  const std::optional<Written> read = name != nullptr ? values.name(*name) : std::nullopt;
  StepDefinition step = read_sides(map, read.value_or(Written{"", &values.source_of(node), &node}));
  if (!in_order) return step;
  if (const YamlNode* least = map.find("at_least"))
    step.at_least = static_cast<std::uint32_t>(values.integer(*least, 1, kPatternOpenMax).value_or(1));
  if (const YamlNode* never = map.find("never")) step.never = values.truth(*never).value_or(false);
  if (step.never && step.at_least > 1)
    values.fail(node, DiagnosticCode::kFactForm, "a step with never: true is not counted", "remove at_least, or never");
  if (!name || !read) return std::nullopt;
  return step;
}

bool read_steps(const ValueReader& values, const YamlNode& node, FactKind kind, FactDefinition& into) {
  const bool in_order = kind == FactKind::kSequence;
  if (!values.is_list(node, in_order ? "'sequence'" : "'together'")) return false;
  if (node.items.size() < 2 || node.items.size() > kPatternStepsMax) {
    values.fail(node, DiagnosticCode::kFactForm, fmt::format("{} steps, where 2 to {} fit", node.items.size(), kPatternStepsMax),
                "write a list of steps, each {name: ..., on: INPUT, where: \"...\"}");
    return false;
  }
  bool complete = true;
  for (const YamlNode& item : node.items) {
    if (std::optional<StepDefinition> step = read_step(values, item, in_order))
      into.steps.push_back(std::move(*step));
    else
      complete = false;
  }
  if (!complete) return false;
  for (const std::size_t edge : {std::size_t{0}, into.steps.size() - 1}) {
    if (!into.steps[edge].never) continue;
    values.fail(node.items[edge], DiagnosticCode::kFactForm, "a step with never: true stands between two others",
                edge == 0 ? "move it behind the first step" : "move it before the last step; for something that does not follow use absent");
    return false;
  }
  return true;
}

// "2bd" or a duration.
bool read_span(const ValueReader& values, const YamlNode& node, FactDefinition& into) {
  const std::string_view text = node.text;
  std::uint32_t days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (!node.is_scalar() || error != std::errc() || std::string_view(end, text.data() + text.size()) != "bd") {
    const std::optional<std::int64_t> span = values.duration(node, 1, kWindowMaxMs);
    into.within_ms = span.value_or(0);
    return span.has_value();
  }
  if (days == 0 || days > kBusinessDaysMax)
    values.fail(node, DiagnosticCode::kOutOfRange, fmt::format("{} is not between 1bd and {}bd", text, kBusinessDaysMax));
  into.business_days = days;
  return days > 0 && days <= kBusinessDaysMax;
}

bool read_absent(const ValueReader& values, const YamlNode& node, FactDefinition& into) {
  if (!values.is_map(node, "'absent'")) return false;
  const MapReader map(values, node, absent_form());
  bool complete = true;
  for (const std::string_view side : {"after", "expect"}) {
    const YamlNode* found = map.require(side);
    if (found == nullptr || !values.is_map(*found, fmt::format("'{}'", side))) {
      complete = false;
      continue;
    }
    const MapReader step(values, *found, absent_side_form());
    into.steps.push_back(read_sides(step, Written{std::string(side), &values.source_of(*found), found}));
  }
  const YamlNode* within = map.require("within");
  const bool has_span = within != nullptr && read_span(values, *within, into);
  const YamlNode* calendar = map.find("calendar");
  if (calendar != nullptr) into.calendar = values.text(*calendar);
  if (has_span && (into.business_days > 0) != (calendar != nullptr))
    values.fail(calendar != nullptr ? *calendar : *within, DiagnosticCode::kBadCalendar,
                calendar != nullptr ? "a calendar is for business days" : "business days need a calendar",
                calendar != nullptr ? "write for example within: 2bd, or leave the calendar out" : "add calendar: NAME");
  if (const YamlNode* open = map.find("max_open"))
    into.open_max = static_cast<std::uint32_t>(values.integer(*open, 1, kPatternOpenLimit).value_or(1));
  return complete && has_span;
}

}  // namespace

bool read_pattern(const ValueReader& values, const YamlNode& node, FactKind kind, FactDefinition& into) {
  return kind == FactKind::kAbsence ? read_absent(values, node, into) : read_steps(values, node, kind, into);
}

std::optional<AfterFire> read_after_fire(const ValueReader& values, const YamlNode& node) {
  const std::optional<std::string> word = values.one_of(node, words_of(fact_form(), "after_fire"));
  if (!word) return std::nullopt;
  if (*word == "keep") return AfterFire::kKeep;
  return *word == "overlap" ? AfterFire::kOverlap : AfterFire::kRestart;
}

}  // namespace reckoner
