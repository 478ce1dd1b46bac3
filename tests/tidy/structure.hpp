// Rules on the project as a whole: the operator contract stays small, checks stay dense, every source is built, sizes only shrink.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {

inline constexpr std::size_t kOperatorHeaderLinesMax = 150;
inline constexpr std::size_t kOperatorVirtualsMax = 5;  // functions that an operator writes; the destructor is not one
inline constexpr std::size_t kChecksPerThousandLinesMin = 10;

// A missing engine/operator.hpp is a finding.
[[nodiscard]] Findings check_operator_header(const std::vector<SourceFile>& files);

// Always-on checks a thousand lines in each of engine/ and state/. A folder without a line is a finding.
[[nodiscard]] Findings check_density(const std::vector<SourceFile>& files);

// Every .cpp of a layer and every .cpp under tests/ stands in the compilation database, given as its text; `root` ends without a slash.
[[nodiscard]] Findings check_compiled(const std::vector<SourceFile>& files, std::string_view database, std::string_view root);

// A function's lines, from the line of its name's statement to its closing brace. Found by matching braces, so a heuristic; lambdas count as
// lines of what they stand in.
struct FunctionLength {
  std::size_t line = 0;
  std::size_t lines = 0;
};
[[nodiscard]] std::vector<FunctionLength> function_lengths(const SourceFile& file);

// The sizes that tests/tidy/ratchets.txt limits, by name.
[[nodiscard]] std::map<std::string, double> measure(const std::vector<SourceFile>& files);

// Lines "NAME LIMIT what it is": a size over its limit, a size without one and a limit without a size are findings.
[[nodiscard]] Findings check_ratchets(const std::map<std::string, double>& sizes, std::string_view ratchets);

}  // namespace reckoner::tidy
