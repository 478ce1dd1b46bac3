#include "rules/environment_findings.hpp"

#include <fmt/format.h>

namespace reckoner {

EnvironmentFindings::EnvironmentFindings(std::vector<Diagnostic> base) {
  for (Diagnostic& one : base) base_.emplace(to_text(one), std::move(one));
}

void EnvironmentFindings::add(const std::string& environment, const std::vector<Diagnostic>& found) {
  for (const Diagnostic& one : found) {
    std::string text = to_text(one);
    if (base_.contains(text)) continue;
    own_.try_emplace(std::move(text), one, std::vector<std::string>{}).first->second.second.push_back(environment);
  }
}

std::vector<Diagnostic> EnvironmentFindings::take_sorted() {
  std::vector<Diagnostic> all;
  all.reserve(base_.size() + own_.size());
  for (auto& [text, one] : base_) all.push_back(std::move(one));
  for (auto& [text, own] : own_) {
    auto& [one, environments] = own;
    one.text = fmt::format("in environment{} {}: {}", environments.size() > 1 ? "s" : "", fmt::join(environments, ", "), one.text);
    all.push_back(std::move(one));
  }
  base_.clear();
  own_.clear();
  sort_diagnostics(all);
  if (all.size() > kDiagnosticsMax) all.resize(kDiagnosticsMax);
  return all;
}

}  // namespace reckoner
