// Files of tests -> tests.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "app/test_expectation_reader.hpp"
#include "app/test_file.hpp"
#include "app/test_record_reader.hpp"
#include "engine/time_text.hpp"
#include "rules/literals.hpp"
#include "rules/map_forms.hpp"
#include "rules/yaml_reader.hpp"

namespace reckoner {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBesideRule = ".test.yaml";
constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t day_of(std::int64_t time_ms) { return time_ms - ((time_ms % kDayMs) + kDayMs) % kDayMs; }

void add_files(const fs::path& folder, std::string_view inner, std::string_view ending, std::vector<std::string>& names) {
  std::error_code error;
  for (fs::directory_iterator entry(folder / inner, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(".") && name.ends_with(ending)) names.push_back(fmt::format("{}/{}", inner, name));
  }
}

class TestFileReader {
 public:
  TestFileReader(const ValueReader& values, const TestedRuleSet& tested, TestFile& into)
      : values_(values), tested_(tested), records_(values, *tested.plan), into_(into) {}

  void read(const YamlNode& document, const TestFile* shared) {
    if (!values_.is_map(document, "a file of tests")) return;
    const bool is_defaults = into_.source.name() == kTestDefaultsFile;
    const MapReader map(values_, document, is_defaults ? test_defaults_form() : test_file_form());
    if (const YamlNode* node = map.find("description")) static_cast<void>(values_.text(*node));
    TestSetting& setting = into_.setting;
    if (shared != nullptr) setting = shared->setting;
    setting.rules = rules_beside();
    read_setting(map, setting);
    if (is_defaults) return;
    const YamlNode* tests = map.require("tests");
    if (tests == nullptr || !values_.is_list(*tests, "'tests'")) return;
    std::set<std::string> names;
    for (const YamlNode& test : tests->items) read_test(test, setting, names);
    if (tests->items.empty()) values_.fail(*tests, DiagnosticCode::kWrongForm, "there is no test", "add one: {name: ..., steps: [...]}");
  }

 private:
  // A file beside a rule's file is about the rules in it.
  [[nodiscard]] std::vector<std::string> rules_beside() const {
    const std::string& file = into_.source.name();
    std::vector<std::string> rules;
    if (!file.ends_with(kBesideRule)) return rules;
    const std::string beside = file.substr(0, file.size() - kBesideRule.size()) + ".yaml";
    for (const FactNames& group : tested_.names->groups) {
      if (group.owner == FactOwner::kRule && group.place.file == beside) rules.push_back(group.name);
    }
    if (rules.empty())
      values_.fail(into_.root, DiagnosticCode::kFile, fmt::format("{} stands beside no rule: there is no {}", file, beside),
                   "name it after the rule's file, or move it to tests/");
    return rules;
  }

  void read_setting(const MapReader& map, TestSetting& setting) {
    if (const YamlNode* node = map.find("start")) setting.start_ms = moment(*node, kTestStartMs, kTestStartMs).value_or(kTestStartMs);
    if (const YamlNode* node = map.find("rules")) setting.rules = rules_named(*node);
    if (const YamlNode* node = map.find("defaults")) records_.read_defaults(*node, setting.defaults);
  }

  std::vector<std::string> rules_named(const YamlNode& node) {
    std::vector<std::string> known;
    for (const FactNames& group : tested_.names->groups) {
      if (group.owner == FactOwner::kRule) known.push_back(group.name);
    }
    std::vector<std::string> rules;
    for (const Written& rule : values_.texts(node)) {
      if (std::find(known.begin(), known.end(), rule.text) == known.end())
        values_.fail(*rule.node, DiagnosticCode::kUnknownName, fmt::format("no rule has the id '{}'", rule.text), name_advice(rule.text, known));
      rules.push_back(rule.text);
    }
    std::sort(rules.begin(), rules.end());
    return rules;
  }

  std::optional<std::int64_t> moment(const YamlNode& node, std::int64_t start_ms, std::int64_t previous_ms) {
    if (!node.is_scalar()) {
      values_.fail(node, DiagnosticCode::kWrongForm, "a moment is one value", "write \"10:00\", +5m or 2026-01-01T10:00:00Z");
      return std::nullopt;
    }
    const std::optional<std::int64_t> time = parse_moment(node.text, start_ms, previous_ms);
    if (!time)
      values_.fail(node, DiagnosticCode::kBadTime, fmt::format("'{}' is no moment", node.text),
                   "write \"10:00\", \"10:00:30.250\", +5m or 2026-01-01T10:00:00Z");
    return time;
  }

  void read_test(const YamlNode& node, TestSetting setting, std::set<std::string>& names) {
    if (!values_.is_map(node, "a test")) return;
    const MapReader map(values_, node, test_form());
    TestCase test;
    if (const YamlNode* name = map.require("name")) test.name = values_.text(*name).value_or(Written{name->text, &values_.source(), name});
    if (!test.name.text.empty() && !names.insert(test.name.text).second)
      values_.fail(*test.name.node, DiagnosticCode::kDuplicateName, fmt::format("another test is named '{}'", test.name.text));
    read_setting(map, setting);
    test.start_ms = setting.start_ms;
    test.rules = setting.rules;
    if (const YamlNode* shuffle = map.find("shuffle")) test.shuffle = read_shuffle(*shuffle);
    const YamlNode* steps = map.require("steps");
    if (steps == nullptr || !values_.is_list(*steps, "'steps'")) return;
    if (steps->items.empty()) values_.fail(*steps, DiagnosticCode::kWrongForm, "the test does nothing", "add a step: {at: \"10:00\", send: ...}");
    previous_ms_ = setting.start_ms;
    for (const YamlNode& step : steps->items) read_step(step, setting, test);
    into_.tests.push_back(std::move(test));
  }

  std::optional<Shuffle> read_shuffle(const YamlNode& node) {
    if (!values_.is_map(node, "'shuffle'")) return std::nullopt;
    const MapReader map(values_, node, shuffle_form());
    Shuffle shuffle;
    if (const YamlNode* within = map.require("within")) shuffle.within_ms = values_.duration(*within, 1, kShuffleMaxMs).value_or(1);
    if (const YamlNode* seeds = map.require("seeds")) shuffle.seeds = static_cast<std::uint32_t>(values_.integer(*seeds, 1, 1000).value_or(1));
    return shuffle;
  }

  void read_step(const YamlNode& node, const TestSetting& setting, TestCase& test) {
    if (!values_.is_map(node, "a step")) return;
    const MapReader map(values_, node, step_form());
    TestStep step;
    step.place = Written{"step", &values_.source(), &node};
    read_action(map, test, step);
    std::int64_t at_ms = previous_ms_;
    if (const YamlNode* at = map.find("at")) at_ms = moment(*at, setting.start_ms, previous_ms_).value_or(at_ms);
    if (const YamlNode* send = map.find("send")) read_send(map, *send, setting, at_ms, step);
    previous_ms_ =
        step.records.empty() ? at_ms : std::max_element(step.records.begin(), step.records.end(), [](const TestRecord& a, const TestRecord& b) {
                                         return a.time_ms < b.time_ms;
                                       })->time_ms;
    if (const YamlNode* expect = map.find("expect")) step.expectation = TestExpectationReader(values_, tested_, setting.rules).read(*expect, step);
    test.steps.push_back(std::move(step));
  }

  // One thing happens in a step.
  void read_action(const MapReader& map, const TestCase& test, TestStep& step) {
    std::string_view first;
    for (const std::string_view key : {"send", "duplicate", "idle", "crash", "replay"}) {
      const YamlNode* node = map.node().find(key);
      if (node == nullptr) continue;
      if (!first.empty())
        values_.fail(*node, DiagnosticCode::kWrongForm, fmt::format("'{}' in a step that has '{}'", key, first), "make it a step of its own");
      if (first.empty()) first = key;
    }
    if (first.empty()) values_.fail(map.node(), DiagnosticCode::kMissingKey, "the step does nothing", "add send, duplicate, idle, crash or replay");
    if (const YamlNode* idle = map.find("idle")) {
      step.action = StepAction::kIdle;
      step.idle_ms = values_.duration(*idle, 1, kDurationMaxMs).value_or(1);
    }
    const auto is_set = [&](std::string_view key) {
      const YamlNode* node = map.find(key);
      return node != nullptr && values_.one_of(*node, words_of(step_form(), key));
    };
    if (is_set("crash")) step.action = StepAction::kCrash;
    if (is_set("replay")) step.action = StepAction::kReplay;
    if (!is_set("duplicate")) return;
    const auto last = std::find_if(test.steps.rbegin(), test.steps.rend(), [](const TestStep& one) { return !one.records.empty(); });
    if (last != test.steps.rend())
      step.records = last->records;
    else
      values_.fail(map.node(), DiagnosticCode::kWrongForm, "there are no records before this that could be sent again", "send some first");
  }

  void read_send(const MapReader& map, const YamlNode& send, const TestSetting& setting, std::int64_t at_ms, TestStep& step) {
    std::int64_t times = 1;
    std::int64_t every_ms = 0;
    if (const YamlNode* node = map.find("times")) times = values_.integer(*node, 1, static_cast<std::int64_t>(kStepRecordsMax)).value_or(1);
    if (const YamlNode* node = map.find("every")) {
      every_ms = values_.duration(*node, 0, kWindowMaxMsOfTests).value_or(0);
      if (map.node().find("times") == nullptr)
        values_.fail(*node, DiagnosticCode::kMissingKey, "'every' without 'times'", "say how often: times: 10");
    }
    for (std::int64_t number = 1; number <= times; ++number) {
      const TestRecordReader::Moment moment{setting.start_ms, previous_ms_, at_ms + (number - 1) * every_ms, static_cast<std::uint64_t>(number)};
      if (!records_.read(send, setting.defaults, moment, step.records)) return;
      if (step.records.size() <= kStepRecordsMax) continue;
      values_.fail(send, DiagnosticCode::kTooMany, fmt::format("more than {} records in one step", kStepRecordsMax), "send them in several steps");
      return;
    }
  }

  static constexpr std::int64_t kWindowMaxMsOfTests = 400 * kDayMs;

  const ValueReader& values_;
  const TestedRuleSet& tested_;
  TestRecordReader records_;
  TestFile& into_;
  std::int64_t previous_ms_ = 0;
};

std::optional<std::string> text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(YamlLimits{}.bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.gcount() == 0 && !stream.eof()) return std::nullopt;
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// "10:00", "10:00:30", "10:00:30.250" since midnight; empty = none of them.
std::optional<std::int64_t> time_of_day(std::string_view text) {
  if (text.size() < 5 || text[2] != ':') return std::nullopt;
  std::string full(text);
  if (full.size() == 5) full += ":00";
  return parse_rfc3339("1970-01-01T" + full + "Z");
}

}  // namespace

const ExpectedRows* Expectation::find(OutputId output) const {
  const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const ExpectedRows& rows) { return rows.output == output; });
  return found == outputs.end() ? nullptr : &*found;
}

std::optional<std::int64_t> parse_moment(std::string_view text, std::int64_t start_ms, std::int64_t previous_ms) {
  if (text.starts_with('+')) {
    const Parsed<std::int64_t> later = parse_duration(text.substr(1));
    return later ? std::optional(previous_ms + *later) : std::nullopt;
  }
  if (const std::optional<std::int64_t> time = time_of_day(text)) return day_of(start_ms) + *time;
  return parse_rfc3339(text);
}

std::vector<std::string> test_files(const std::string& folder) {
  std::vector<std::string> names;
  add_files(folder, "rules", kBesideRule, names);
  add_files(folder, "tests", ".yaml", names);
  std::erase(names, kTestDefaultsFile);
  std::sort(names.begin(), names.end());
  return names;
}

std::unique_ptr<TestFile> read_test_file(const std::string& folder, const std::string& name, const TestedRuleSet& tested, const TestFile* shared,
                                         Findings& findings) {
  std::optional<std::string> text = text_of(fs::path(folder) / name);
  if (!text) {
    findings.add_file(name, DiagnosticCode::kFile, "cannot read it");
    return nullptr;
  }
  const std::size_t findings_before = findings.size();
  auto file = std::make_unique<TestFile>(TestFile{SourceText(name, std::move(*text)), {}, {}, {}});
  std::optional<YamlNode> root = read_yaml(file->source, findings);
  if (!root) return nullptr;
  file->root = std::move(*root);
  const ValueReader values(file->source, findings);
  TestFileReader(values, tested, *file).read(file->root, shared);
  if (findings.size() != findings_before) return nullptr;
  return file;
}

std::unique_ptr<TestFile> read_test_defaults(const std::string& folder, const TestedRuleSet& tested, Findings& findings) {
  std::error_code ignored;
  if (!fs::exists(fs::path(folder) / kTestDefaultsFile, ignored)) return nullptr;
  return read_test_file(folder, std::string(kTestDefaultsFile), tested, nullptr, findings);
}

}  // namespace reckoner
