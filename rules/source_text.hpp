// One file of a rule set as read, with the way from an offset in it to line and column, and the list that findings about it go to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.hpp"

namespace reckoner {

struct LineColumn {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 1;  // from 1, in characters (code points)
};

class SourceText {
 public:
  SourceText(std::string name, std::string text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] LineColumn at(std::size_t offset) const;
  [[nodiscard]] std::string_view line(std::uint32_t number) const;  // from 1, without its end

 private:
  std::string name_;  // as findings show it: relative to the rule set's folder
  std::string text_;
  std::vector<std::size_t> line_begins_;
};

// Collects findings. Not thread-safe.
class Findings {
 public:
  // Advice is the code's own unless given.
  void add(const SourceText& source, std::size_t offset, DiagnosticCode code, std::string text, std::string advice = {});
  void add_file(std::string file, DiagnosticCode code, std::string text, std::string advice = {});

  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  [[nodiscard]] std::vector<Diagnostic> take_sorted();

 private:
  void keep(Diagnostic diagnostic);
  std::vector<Diagnostic> list_;
};

}  // namespace reckoner
