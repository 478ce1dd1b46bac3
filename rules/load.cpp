#include "rules/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "engine/checksum.hpp"
#include "rules/compile.hpp"
#include "rules/derived_inputs.hpp"
#include "rules/doubts.hpp"
#include "rules/resolved_text.hpp"
#include "rules/rule_set_reader.hpp"
#include "rules/yaml_reader.hpp"

namespace reckoner {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kMainFile = "ruleset.yaml";
constexpr std::string_view kRulesFolder = "rules";
constexpr std::string_view kTestsFolder = "tests";
constexpr std::string_view kTestEnding = ".test.yaml";  // beside a rule: rules/R1.test.yaml
// Many files in one, each text in one line: only its size bounds it.
constexpr YamlLimits kResolvedLimits{kResolvedBytesMax, kResolvedBytesMax, kResolvedBytesMax};

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

// Files and trees that findings and definitions point into, alive until the load is done; a deque, so that they do not move.
class Loader {
 public:
  explicit Loader(bool warnings = false) : warnings_(warnings) {}

  LoadResult load_folder(const std::filesystem::path& directory) {
    directory_ = directory;
    const YamlNode* document = read(directory / kMainFile, std::string(kMainFile));
    std::vector<YamlNode> rules;
    for (const std::string& name : rule_files(directory)) {
      if (const YamlNode* rule = read(directory / kRulesFolder / name, fmt::format("{}/{}", kRulesFolder, name))) rules.push_back(*rule);
    }
    if (warnings_) read_tests(directory);
    return finish(document, rules);
  }

  LoadResult load_text(std::string_view text, std::string name) {
    const YamlNode* document = parse(std::move(name), std::string(text), kResolvedLimits);
    return finish(document, {});
  }

 private:
  struct Document {
    SourceText source;
    YamlNode root;
  };

  const YamlNode* read(const std::filesystem::path& path, std::string name) {
    std::optional<std::string> text = read_file(path, YamlLimits{}.bytes);
    if (!text) {
      findings_.add_file(std::move(name), DiagnosticCode::kFile, fmt::format("cannot read '{}'", path.string()));
      return nullptr;
    }
    return parse(std::move(name), std::move(*text), {});
  }

  const YamlNode* parse(std::string name, std::string text, const YamlLimits& limits) {
    Document& document = documents_.emplace_back(Document{source_text(std::move(name), std::move(text)), {}});
    std::optional<YamlNode> root = read_yaml(document.source, findings_, limits);
    if (!root) return nullptr;
    document.root = std::move(*root);
    return &document.root;
  }

  static SourceText source_text(std::string name, std::string text) {
    if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    return {std::move(name), std::move(text)};
  }

  // The files of lists, which stand in the rule set's folder.
  void read_list_files(RuleSet& rule_set) {
    for (ListDefinition& list : rule_set.lists) {
      if (!list.file) continue;
      const std::filesystem::path path = std::filesystem::path(list.file->text).lexically_normal();
      const bool is_inside = !path.is_absolute() && !path.empty() && *path.begin() != "..";
      std::optional<std::string> text;
      if (directory_ && is_inside) text = read_file(*directory_ / path, kListBytesMax);
      if (!text) {
        add_finding(findings_, *list.file, DiagnosticCode::kFile, fmt::format("cannot read '{}'", list.file->text),
                    "name a file in the folder of ruleset.yaml");
        continue;
      }
      const SourceText& source = list_files_.emplace_back(source_text(path.generic_string(), std::move(*text)));
      if (check_yaml_text(source, findings_, {kListBytesMax, YamlLimits{}.line_bytes, 0})) list.file_text = &source;
    }
  }

  // The document with the entries of lists in the place of their files.
  static YamlNode with_entries(YamlNode document, const RuleSet& rule_set) {
    const auto item_of = [](YamlNode& map, std::string_view key) {
      const auto found = std::find_if(map.keys.begin(), map.keys.end(), [&](const YamlNode& one) { return one.text == key; });
      return map.items.begin() + (found - map.keys.begin());
    };
    for (const ListDefinition& list : rule_set.lists) {
      if (list.file_text == nullptr) continue;
      YamlNode& written = *item_of(*item_of(document, "lists"), list.name.text);
      const auto file = item_of(written, "file");
      written.keys[static_cast<std::size_t>(file - written.items.begin())].text = "entries";
      file->text = list.file_text->text();
      file->style = ScalarStyle::kDoubleQuoted;
    }
    return document;
  }

  // The document with the time zones that it uses.
  static YamlNode with_zones(YamlNode document, const TimeZones& zones) {
    if (zones.zones().empty()) return document;
    const auto scalar = [](std::string text) {
      YamlNode node;
      node.kind = YamlKind::kScalar;
      node.style = ScalarStyle::kDoubleQuoted;
      node.text = std::move(text);
      return node;
    };
    YamlNode map;
    map.kind = YamlKind::kMap;
    for (const auto& [name, zone] : zones.zones()) {
      map.keys.push_back(scalar(name));
      map.items.push_back(scalar(zone->text()));
    }
    const auto found = std::find_if(document.keys.begin(), document.keys.end(), [](const YamlNode& key) { return key.text == "time_zones"; });
    if (found != document.keys.end()) {
      document.items[static_cast<std::size_t>(found - document.keys.begin())] = std::move(map);
    } else {
      document.keys.push_back(scalar("time_zones"));
      document.items.push_back(std::move(map));
    }
    return document;
  }

  // Names of rules/*.yaml, sorted.
  std::vector<std::string> rule_files(const std::filesystem::path& directory) {
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

  void read_tests(const std::filesystem::path& directory) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(directory / kRulesFolder, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (name.ends_with(kTestEnding))
        files_with_tests_.push_back(fmt::format("{}/{}.yaml", kRulesFolder, name.substr(0, name.size() - kTestEnding.size())));
    }
    for (std::filesystem::directory_iterator entry(directory / kTestsFolder, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() == ".yaml") test_texts_.push_back(read_file(entry->path(), YamlLimits{}.bytes).value_or(""));
    }
  }

  LoadResult finish(const YamlNode* document, const std::vector<YamlNode>& rules) {
    RuleSet rule_set;
    LoadResult result;
    for (Document& one : documents_) {
      if (one.root.kind == YamlKind::kNothing) continue;
      const ValueReader values(one.source, findings_);
      if (&one.root == document)
        read_rule_set_document(values, one.root, rule_set);
      else
        read_rule_document(values, one.root, rule_set);
    }
    // Without its main file nothing that a rule refers to is known.
    if (document != nullptr) {
      if (rule_set.totals.empty() && rule_set.scores.empty() && rule_set.rules.empty())
        findings_.add_file(documents_.front().source.name(), DiagnosticCode::kNothingToCompute, "the rule set has no totals, scores and rules");
      read_list_files(rule_set);
      add_derived_inputs(rule_set);
      TimeZones zones;
      result.plan = compile(rule_set, zones, findings_, result.names);
      result.resolved = resolved_text(with_zones(with_entries(*document, rule_set), zones), rules);
      if (result.plan) result.plan->hash = checksum(result.resolved);
      if (result.resolved.size() > kResolvedBytesMax)
        findings_.add_file(documents_.front().source.name(), DiagnosticCode::kTooMany,
                           fmt::format("the rule set has more than {} MiB in all", kResolvedBytesMax >> 20U), "split it into several jobs");
    }
    if (!findings_.empty()) result.plan.reset();
    if (result.plan && warnings_) {
      find_doubts(rule_set, *result.plan, result.names, findings_);
      find_untested(rule_set, files_with_tests_, test_texts_, findings_);
    }
    result.diagnostics = findings_.take_sorted();
    return result;
  }

  bool warnings_;
  std::optional<std::filesystem::path> directory_;  // empty = a text alone is loaded
  std::deque<Document> documents_;
  std::deque<SourceText> list_files_;
  std::vector<std::string> files_with_tests_;  // of rules
  std::vector<std::string> test_texts_;        // of tests/*.yaml
  Findings findings_;
};

}  // namespace

LoadResult load_rule_set(const std::string& directory) { return Loader().load_folder(directory); }

LoadResult lint_rule_set(const std::string& directory) { return Loader(true).load_folder(directory); }

LoadResult load_resolved(std::string_view text, std::string name) { return Loader().load_text(text, std::move(name)); }

}  // namespace reckoner
