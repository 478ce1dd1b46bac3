#include "tidy/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tidy/repository.hpp"

namespace reckoner::tidy {

Findings check_operator_header(const std::vector<SourceFile>& files) {
  const auto file = std::find_if(files.begin(), files.end(), [](const SourceFile& f) { return f.path == "engine/operator.hpp"; });
  if (file == files.end()) return {"engine/operator.hpp: missing; it is the header that a newcomer reads first"};
  Findings findings;
  const std::size_t lines = lines_of(file->text).size();
  std::size_t virtuals = 0;
  for (const std::size_t offset : find_word(file->code, "virtual")) virtuals += file->code.compare(offset, 9, "virtual ~") == 0 ? 0U : 1U;
  if (lines > kOperatorHeaderLinesMax) findings.push_back(at(*file, lines, fmt::format("{} lines, more than {}", lines, kOperatorHeaderLinesMax)));
  if (virtuals > kOperatorVirtualsMax)
    findings.push_back(at(*file, 1, fmt::format("{} virtual functions, more than {}", virtuals, kOperatorVirtualsMax)));
  return findings;
}

Findings check_density(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const std::string_view folder : {"engine", "state"}) {
    std::size_t lines = 0;
    std::size_t checks = 0;
    for (const SourceFile& file : files) {
      if (file.folder() != folder || !file.is_cpp()) continue;
      lines += lines_of(file.text).size();
      // The macros' own definitions check nothing.
      if (file.path == "engine/check.hpp") continue;
      checks += find_word(file.code, "RECKONER_CHECK").size() + find_word(file.code, "RECKONER_UNREACHABLE").size();
    }
    if (lines == 0) {
      findings.push_back(fmt::format("{}/: no source", folder));
    } else if (checks * 1000 < lines * kChecksPerThousandLinesMin) {
      findings.push_back(fmt::format("{}/: {} checks in {} lines, fewer than {} a thousand; check what must hold", folder, checks, lines,
                                     kChecksPerThousandLinesMin));
    }
  }
  return findings;
}

Findings check_compiled(const std::vector<SourceFile>& files, std::string_view database, std::string_view root) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (file.extension() != ".cpp" || !(file.is_in_layer() || file.folder() == "tests")) continue;
    const std::string entry = fmt::format("\"file\": \"{}/{}\"", root, file.path);
    if (database.find(entry) == std::string_view::npos) findings.push_back(at(file, 1, "no target of the build compiles it"));
  }
  return findings;
}

}  // namespace reckoner::tidy
