// The sizes that may only shrink, and their limits.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tidy/repository.hpp"
#include "tidy/structure.hpp"

namespace reckoner::tidy {
namespace {

// The value that `percent` of the sizes do not exceed.
double percentile(std::vector<std::size_t> sizes, std::size_t percent) {
  if (sizes.empty()) return 0;
  std::sort(sizes.begin(), sizes.end());
  return static_cast<double>(sizes[(sizes.size() - 1) * percent / 100]);
}

std::size_t comment_lines(const SourceFile& file) {
  const std::vector<std::string_view> text = lines_of(file.text);
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](std::string_view line) { return line.find("//") != std::string_view::npos; }));
}

std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t offset = text.find(what); offset != std::string_view::npos; offset = text.find(what, offset + 1)) ++count;
  return count;
}

}  // namespace

std::map<std::string, double> measure(const std::vector<SourceFile>& files) {
  std::vector<std::size_t> headers;
  std::vector<std::size_t> sources;
  std::vector<std::size_t> functions;
  std::size_t header_lines = 0;
  std::size_t header_comments = 0;
  std::size_t silenced = 0;
  std::size_t allowances = 0;
  const std::string silencer = std::string("NO") + "LINT";
  for (const SourceFile& file : files) {
    silenced += file.is_cpp() ? occurrences(file.text, silencer) : 0;
    if (file.path == "tests/tidy/allowed.txt") {
      for (const std::string_view line : lines_of(file.text)) allowances += line.empty() || line.starts_with('#') ? 0U : 1U;
    }
    if (!file.is_in_layer()) continue;
    const std::size_t lines = lines_of(file.text).size();
    (file.extension() == ".hpp" ? headers : sources).push_back(lines);
    for (const FunctionLength& function : function_lengths(file)) functions.push_back(function.lines);
    if (file.extension() != ".hpp") continue;
    header_lines += lines;
    header_comments += comment_lines(file);
  }
  return {
      {"header_lines_median", percentile(headers, 50)},
      {"header_lines_p95", percentile(headers, 95)},
      {"source_lines_median", percentile(sources, 50)},
      {"source_lines_p95", percentile(sources, 95)},
      {"function_lines_median", percentile(functions, 50)},
      {"function_lines_p95", percentile(functions, 95)},
      {"function_lines_longest", percentile(functions, 100)},
      {"header_uncommented_percent",
       header_lines == 0 ? 0 : 100.0 - 100.0 * static_cast<double>(header_comments) / static_cast<double>(header_lines)},
      {"silenced_lint_findings", static_cast<double>(silenced)},
      {"nondeterminism_allowances", static_cast<double>(allowances)},
  };
}

Findings check_ratchets(const std::map<std::string, double>& sizes, std::string_view ratchets) {
  Findings findings;
  std::map<std::string, double> limits;
  for (const std::string_view line : lines_of(ratchets)) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream stream{std::string(line)};
    std::string name;
    double limit = 0;
    if (stream >> name >> limit) limits[name] = limit;
  }
  for (const auto& [name, size] : sizes) {
    const auto limit = limits.find(name);
    if (limit == limits.end()) {
      findings.push_back(fmt::format("tests/tidy/ratchets.txt: no limit for {}, which is {:.0f}", name, size));
    } else if (size > limit->second) {
      findings.push_back(fmt::format("{} is {:.1f}, over its limit {:.0f}; make it smaller rather than the limit larger", name, size, limit->second));
    }
  }
  for (const auto& [name, limit] : limits) {
    if (!sizes.contains(name)) findings.push_back(fmt::format("tests/tidy/ratchets.txt: {} is no size", name));
  }
  return findings;
}

}  // namespace reckoner::tidy
