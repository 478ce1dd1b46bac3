#include "rules/rule_set_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "operators/plan.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kMainFile = "ruleset.yaml";
constexpr std::string_view kRulesFolder = "rules";
constexpr std::string_view kTestsFolder = "tests";
constexpr std::string_view kTestEnding = ".test.yaml";  // beside a rule: rules/R1.test.yaml

// Whole file, or one byte more than the limit, which its reader then complains about.
std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  // By what the file has and not by what it may have: there may be thousands of them.
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) return std::nullopt;
  std::string text(static_cast<std::size_t>(std::min<std::uintmax_t>(bytes, bytes_max + 1)), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

SourceText source_text(std::string name, std::string text) {
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return {std::move(name), std::move(text)};
}

}  // namespace

void RuleSetFiles::read_folder(const std::filesystem::path& directory) {
  directory_ = directory;
  trees_.document = read(directory / kMainFile, std::string(kMainFile));
  for (const std::string& name : rule_files(directory)) {
    if (std::optional<SourceTree> rule = read(directory / kRulesFolder / name, fmt::format("{}/{}", kRulesFolder, name)))
      trees_.rules.push_back(std::move(*rule));
  }
}

void RuleSetFiles::read_text(std::string_view text, std::string name, const YamlLimits& limits) {
  trees_.document = parse(std::move(name), std::string(text), limits);
}

std::optional<SourceTree> RuleSetFiles::read(const std::filesystem::path& path, std::string name) {
  std::optional<std::string> text = read_file(path, YamlLimits{}.bytes);
  if (!text) {
    findings_.add_file(std::move(name), DiagnosticCode::kFile, fmt::format("cannot read '{}'", path.string()));
    return std::nullopt;
  }
  return parse(std::move(name), std::move(*text), {});
}

std::optional<SourceTree> RuleSetFiles::parse(std::string name, std::string text, const YamlLimits& limits) {
  const SourceText& source = sources_.emplace_back(source_text(std::move(name), std::move(text)));
  std::optional<YamlNode> root = read_yaml(source, findings_, limits);
  if (!root) return std::nullopt;
  return SourceTree{&source, std::move(*root)};
}

// Names of rules/*.yaml, sorted.
std::vector<std::string> RuleSetFiles::rule_files(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory / kRulesFolder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(".") || name.ends_with(kTestEnding)) continue;
    if (name.ends_with(".yaml")) names.push_back(name);
    if (name.ends_with(".yml"))
      findings_.add_file(fmt::format("{}/{}", kRulesFolder, name), DiagnosticCode::kFile, "a rule file is named *.yaml",
                         "rename it; it would be ignored");
  }
  std::sort(names.begin(), names.end());
  if (names.size() <= kRulesMax) return names;
  findings_.add_file(std::string(kRulesFolder), DiagnosticCode::kTooMany, fmt::format("{} rules, at most {} fit", names.size(), kRulesMax));
  names.resize(kRulesMax);
  return names;
}

void RuleSetFiles::read_tests() {
  if (!directory_) return;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(*directory_ / kRulesFolder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(kTestEnding))
      files_with_tests_.push_back(fmt::format("{}/{}.yaml", kRulesFolder, name.substr(0, name.size() - kTestEnding.size())));
  }
  for (std::filesystem::directory_iterator entry(*directory_ / kTestsFolder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".yaml") test_texts_.push_back(read_file(entry->path(), YamlLimits{}.bytes).value_or(""));
  }
}

// Null when its text is none, which is a finding then; one that cannot be read at all is null too, without a finding.
const SourceText* RuleSetFiles::list_file(const std::filesystem::path& directory, const std::filesystem::path& path, Findings& findings) {
  const auto known = list_files_.find(path.generic_string());
  if (known != list_files_.end()) return known->second;
  std::optional<std::string> text = read_file(directory / path, kListBytesMax);
  if (!text) return nullptr;
  SourceText source = source_text(path.generic_string(), std::move(*text));
  if (!check_yaml_text(source, findings, {kListBytesMax, YamlLimits{}.line_bytes, 0})) return nullptr;
  return list_files_[path.generic_string()] = &sources_.emplace_back(std::move(source));
}

void RuleSetFiles::read_list_files(RuleSet& rule_set, Findings& findings) {
  for (ListDefinition& list : rule_set.lists) {
    if (!list.file) continue;
    const std::filesystem::path path = std::filesystem::path(list.file->text).lexically_normal();
    const bool is_inside = !path.is_absolute() && !path.empty() && *path.begin() != "..";
    const std::size_t before = findings.size();
    if (directory_ && is_inside) list.file_text = list_file(*directory_, path, findings);
    if (list.file_text == nullptr && findings.size() == before)
      add_finding(findings, *list.file, DiagnosticCode::kFile, fmt::format("cannot read '{}'", list.file->text),
                  "name a file in the folder of ruleset.yaml");
  }
}

}  // namespace reckoner
