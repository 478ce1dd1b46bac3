// What is in a rule set's folder, read: ruleset.yaml, rules/*.yaml, the files of lists, and which rules have tests. What cannot be read is a
// finding.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_set.hpp"
#include "rules/rule_set_trees.hpp"
#include "rules/yaml_reader.hpp"

namespace reckoner {

// Owns the texts that trees, definitions and findings point into; stays where it is.
class RuleSetFiles {
 public:
  explicit RuleSetFiles(Findings& findings) : findings_(findings) {}
  RuleSetFiles(const RuleSetFiles&) = delete;
  RuleSetFiles& operator=(const RuleSetFiles&) = delete;

  void read_folder(const std::filesystem::path& directory);
  // A rule set with its rules in one text, within `limits`. It has no folder, so that its lists have no files.
  void read_text(std::string_view text, std::string name, const YamlLimits& limits);
  void read_tests();  // of the folder that was read

  // Reads the files of the rule set's lists, each once; findings about them go to `findings`.
  void read_list_files(RuleSet& rule_set, Findings& findings);

  [[nodiscard]] const RuleSetTrees& trees() const { return trees_; }
  [[nodiscard]] const std::vector<std::string>& files_with_tests() const { return files_with_tests_; }  // of rules
  [[nodiscard]] const std::vector<std::string>& test_texts() const { return test_texts_; }              // of tests/*.yaml

 private:
  [[nodiscard]] std::optional<SourceTree> read(const std::filesystem::path& path, std::string name);
  [[nodiscard]] std::optional<SourceTree> parse(std::string name, std::string text, const YamlLimits& limits);
  [[nodiscard]] std::vector<std::string> rule_files(const std::filesystem::path& directory);
  [[nodiscard]] const SourceText* list_file(const std::filesystem::path& directory, const std::filesystem::path& path, Findings& findings);

  Findings& findings_;
  std::optional<std::filesystem::path> directory_;
  std::deque<SourceText> sources_;  // a deque, so that they do not move
  std::map<std::string, const SourceText*> list_files_;
  RuleSetTrees trees_;
  std::vector<std::string> files_with_tests_;
  std::vector<std::string> test_texts_;
};

}  // namespace reckoner
