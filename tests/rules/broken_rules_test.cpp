// tests/data/broken_rules/*.case: a broken rule set and the findings it must give, as text that an analyst can add to. Lines "=== FILE"
// begin a file of the rule set, "=== no FILE" leaves one out, "=== expect" begins the findings; ruleset.yaml is base.yaml unless given.
// Cases named doubt_* are about warnings: their ruleset.yaml is doubt_base.yaml, and a file of tests names rules R1 to R3.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "rule_set_text.hpp"
#include "rules/load.hpp"

namespace reckoner {

namespace {

namespace fs = std::filesystem;

std::string whole(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct Case {
  std::map<std::string, std::string> files;
  std::string expected;
};

bool is_about_doubts(const fs::path& path) { return path.filename().string().starts_with("doubt_"); }

Case read_case(const fs::path& path) {
  Case result;
  result.files["ruleset.yaml"] = whole(path.parent_path() / (is_about_doubts(path) ? "doubt_base.yaml" : "base.yaml"));
  if (is_about_doubts(path)) result.files["tests/all.yaml"] = "R1 R2 R3";
  std::istringstream lines(whole(path));
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

// A folder that is removed again.
class Folder {
 public:
  explicit Folder(const std::string& name) : path_(fs::temp_directory_path() / ("reckoner-broken-rules-" + name)) {
    fs::remove_all(path_);
    fs::create_directories(path_ / "rules");
    fs::create_directories(path_ / "tests");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name, std::ios::binary) << text; }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

std::vector<fs::path> case_files() {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(RECKONER_SOURCE_DIR "/tests/data/broken_rules")) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TEST_CASE("every broken rule set of the corpus gives exactly its findings") {
  const std::vector<fs::path> paths = case_files();
  REQUIRE(paths.size() >= 250);
  for (const fs::path& path : paths) {
    const Case one = read_case(path);
    const Folder folder(path.stem().string());
    for (const auto& [name, text] : one.files) folder.write(name, text);
    const LoadResult result = lint_rule_set(folder.path());
    INFO(path.filename().string());
    CHECK_FALSE(one.expected.empty());
    CHECK(without(testing::all_findings(result), folder.path() + "/") == one.expected);
    CHECK(result.plan.has_value() == is_about_doubts(path));
  }
}

TEST_CASE("the rule set that the corpus breaks is itself without a finding") {
  const LoadResult result = load_resolved(whole(RECKONER_SOURCE_DIR "/tests/data/broken_rules/base.yaml"));
  INFO(testing::all_findings(result));
  CHECK(result.plan.has_value());
}

TEST_CASE("the corpus covers the diagnostic codes") {
  std::set<std::string> seen;
  for (const fs::path& path : case_files()) {
    std::istringstream lines(read_case(path).expected);
    for (std::string line; std::getline(lines, line);) seen.insert(line.substr(line.rfind('[') + 1, line.rfind(']') - line.rfind('[') - 1));
  }
  for (const DiagnosticInfo& info : diagnostic_table()) {
    if (info.code == DiagnosticCode::kBadTime) continue;  // of files of tests alone
    INFO(info.name);
    CHECK(seen.contains(std::string(info.name)));
  }
}

}  // namespace reckoner
