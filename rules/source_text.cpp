#include "rules/source_text.hpp"

#include <algorithm>
#include <utility>

namespace reckoner {

SourceText::SourceText(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)), line_begins_{0} {
  for (std::size_t offset = 0; offset < text_.size(); ++offset) {
    if (text_[offset] == '\n') line_begins_.push_back(offset + 1);
  }
}

LineColumn SourceText::at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  const std::size_t line = static_cast<std::size_t>(next - line_begins_.begin());
  std::uint32_t column = 1;
  for (std::size_t i = line_begins_[line - 1]; i < offset; ++i) {
    const bool continues = (static_cast<unsigned char>(text_[i]) & 0xC0U) == 0x80U;
    if (!continues) ++column;
  }
  return {static_cast<std::uint32_t>(line), column};
}

std::string_view SourceText::line(std::uint32_t number) const {
  if (number == 0 || number > line_begins_.size()) return {};
  std::string_view rest = std::string_view(text_).substr(line_begins_[number - 1]);
  rest = rest.substr(0, rest.find('\n'));
  return rest.ends_with('\r') ? rest.substr(0, rest.size() - 1) : rest;
}

void Findings::add(const SourceText& source, std::size_t offset, DiagnosticCode code, std::string text, std::string advice) {
  const LineColumn place = source.at(offset);
  constexpr std::size_t kKeptMax = 8192;  // a longer line has a finding of its own
  keep({source.name(), place.line, place.column, code, std::move(text), std::move(advice), std::string(source.line(place.line).substr(0, kKeptMax))});
}

void Findings::add_file(std::string file, DiagnosticCode code, std::string text, std::string advice) {
  keep({std::move(file), 0, 0, code, std::move(text), std::move(advice), {}});
}

void Findings::keep(Diagnostic diagnostic) {
  if (list_.size() >= kDiagnosticsMax) return;
  if (diagnostic.advice.empty()) diagnostic.advice = diagnostic_info(diagnostic.code).advice;
  list_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Findings::take_sorted() {
  sort_diagnostics(list_);
  return std::exchange(list_, {});
}

}  // namespace reckoner
