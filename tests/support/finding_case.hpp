// Files of a rule set that are wrong and the findings that they must give, as text that an analyst can add to: tests/data/broken_*/*.case. Lines
// "=== FILE" begin a file of the rule set, "=== no FILE" leaves one out, "=== expect" begins the findings. Files that a case does not have are those
// of its corpus.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/scratch_directory.hpp"

namespace reckoner::testing {

using CaseFiles = std::map<std::string, std::string>;  // name in the folder -> text

inline std::string whole_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct FindingCase {
  CaseFiles files;
  std::string expected;  // findings, one a line
};

inline FindingCase read_finding_case(const std::filesystem::path& path, CaseFiles files) {
  FindingCase result{std::move(files), {}};
  std::istringstream lines(whole_text(path));
  std::string* into = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=== no ")) {
      result.files.erase(line.substr(7));
    } else if (line == "=== expect") {
      into = &result.expected;
    } else if (line.starts_with("=== ")) {
      into = &result.files[line.substr(4)];
      into->clear();
    } else if (into != nullptr) {
      *into += line + "\n";
    }
  }
  return result;
}

// The cases of a corpus, sorted.
inline std::vector<std::filesystem::path> finding_cases(const std::filesystem::path& corpus) {
  std::vector<std::filesystem::path> paths;
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(corpus)) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The files of a case on the disk, in a folder that is removed again.
class CaseFolder {
 public:
  explicit CaseFolder(const CaseFiles& files) {
    for (const char* inner : {"rules", "tests"}) std::filesystem::create_directories(scratch_.path() / inner);
    for (const auto& [name, text] : files) std::ofstream(scratch_.path() / name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string path() const { return scratch_.path().string(); }

 private:
  ScratchDirectory scratch_;
};

}  // namespace reckoner::testing
