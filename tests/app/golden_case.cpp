#include "golden_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "engine/check.hpp"

namespace reckoner::testing {

namespace {

constexpr std::string_view kSectionMark = "=== ";
constexpr std::array<std::string_view, kBuckets> kBucketNames{"processed", "late", "duplicate", "filtered", "rejected"};

std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> rows;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && !line.starts_with("#")) rows.push_back(line);
  }
  return rows;
}

// "read 3 processed 2 late 1": buckets that are empty are left out.
std::string counts_text(const Conservation& counts) {
  std::string text = fmt::format("read {}", counts.read);
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    if (counts.records[bucket] > 0) text += fmt::format(" {} {}", kBucketNames[bucket], counts.records[bucket]);
  }
  return text;
}

// "fired 2 hidden 1 no value 3": what is 0 is left out.
std::string decided_text(const RuleCounts& counts) {
  std::string text = fmt::format("fired {}", counts.fired);
  const auto add = [&](std::string_view what, std::uint64_t count) {
    if (count > 0) text += fmt::format(" {} {}", what, count);
  };
  add("repeated", counts.repeated);
  add("hidden", counts.hidden);
  add("faults", counts.faults);
  for (std::size_t reason = 0; reason < kUnknownReasons; ++reason) add(to_text(static_cast<UnknownReason>(reason)), counts.unknown[reason]);
  for (const WaitCounts& wait : counts.waits) {
    add("silent " + wait.input, wait.silent);
    add("let go " + wait.input, wait.let_go);
  }
  return text;
}

std::string output_difference(const std::string& name, const std::vector<std::string>& expected, const std::vector<std::string>& found) {
  for (std::size_t row = 0; row < std::min(expected.size(), found.size()); ++row) {
    if (!has_columns(found[row], expected[row])) return fmt::format("{} row {}\nexpected {}\nfound    {}", name, row + 1, expected[row], found[row]);
  }
  if (expected.size() == found.size()) return {};
  std::string text = fmt::format("{} has {} rows, expected {}", name, found.size(), expected.size());
  for (std::size_t row = expected.size(); row < found.size(); ++row) text += "\nfurther " + found[row];
  return text;
}

class CaseReader {
 public:
  explicit CaseReader(const std::filesystem::path& path) : stream_(path, std::ios::binary) {
    RECKONER_CHECK(stream_.good(), "{}", path.string());
    result_.name = path.stem().string();
  }

  GoldenCase read() {
    for (std::string line; std::getline(stream_, line);) {
      if (line.starts_with(kSectionMark)) {
        end_section();
        heading_ = line.substr(kSectionMark.size());
        text_.clear();
      } else {
        text_ += line + "\n";
      }
    }
    end_section();
    RECKONER_CHECK(!result_.rule_set.empty() && !result_.inputs.empty(), "{}: a rule set and an input", result_.name);
    return std::move(result_);
  }

 private:
  void end_section() {
    if (heading_.empty()) return;
    std::istringstream words(heading_);
    std::string kind;
    std::string name;
    words >> kind >> name;
    if (heading_ == "rule set") {
      result_.rule_set = text_;
    } else if (kind == "rule") {
      words >> name;
      result_.rule_set = std::string(RECKONER_SOURCE_DIR "/") + name;
    } else if (kind == "input") {
      add_input(name);
    } else if (kind == "output") {
      result_.outputs[name] = rows_of(text_);
    } else if (heading_ == "job") {
      for (const std::string& setting : rows_of(text_)) {
        const std::size_t colon = setting.find(": ");
        RECKONER_CHECK(colon != std::string::npos, "{}: a setting '{}'", result_.name, setting);
        result_.settings[setting.substr(0, colon)] = setting.substr(colon + 2);
      }
    } else if (kind == "counts") {
      result_.counts[name] = fmt::format("{}", fmt::join(rows_of(text_), " "));
    } else if (kind == "decided") {
      result_.decided[name] = fmt::format("{}", fmt::join(rows_of(text_), " "));
    } else {
      RECKONER_CHECK(false, "{}: a section '{}'", result_.name, heading_);
    }
  }

  // A second section for the same input is a second file of it. Lines are bytes: blank ones and what looks like a comment are read too.
  void add_input(const std::string& name) {
    auto input = std::find_if(result_.inputs.begin(), result_.inputs.end(), [&](const JobInput& one) { return one.name == name; });
    if (input == result_.inputs.end()) input = result_.inputs.insert(input, JobInput{name, {}});
    input->files.push_back(text_);
  }

  std::ifstream stream_;
  GoldenCase result_;
  std::string heading_;
  std::string text_;
};

}  // namespace

GoldenCase read_golden_case(const std::filesystem::path& path) { return CaseReader(path).read(); }

std::vector<GoldenCase> all_golden_cases() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(RECKONER_SOURCE_DIR "/tests/golden")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<GoldenCase> cases;
  for (const std::filesystem::path& path : paths) cases.push_back(read_golden_case(path));
  return cases;
}

std::string difference(const GoldenCase& expected, const OutputTexts& outputs, const JobOutcome& outcome) {
  for (const std::string& name : output_names()) {
    const auto text = outputs.find(name + "-0.jsonl");
    const auto rows = expected.outputs.find(name);
    const std::string found = output_difference(name, rows == expected.outputs.end() ? std::vector<std::string>{} : rows->second,
                                                text == outputs.end() ? std::vector<std::string>{} : rows_of(text->second));
    if (!found.empty()) return found;
  }
  for (const auto& [input, counts] : expected.counts) {
    const auto sum = outcome.counts.find(input);
    const std::string found = sum == outcome.counts.end() ? "none" : counts_text(sum->second);
    if (found != counts) return fmt::format("counts of {}\nexpected {}\nfound    {}", input, counts, found);
  }
  return decided_difference(expected, outcome);
}

std::string decided_difference(const GoldenCase& expected, const JobOutcome& outcome) {
  for (const auto& [rule, decided] : expected.decided) {
    const auto counts = outcome.decided.find(rule);
    const std::string found = counts == outcome.decided.end() ? "none" : decided_text(counts->second);
    if (found != decided) return fmt::format("decided by {}\nexpected {}\nfound    {}", rule, decided, found);
  }
  return {};
}

bool has_columns(const std::string& found, const std::string& expected) {
  const std::map<std::string, std::string> columns = columns_of_row(found);
  const std::map<std::string, std::string> wanted = columns_of_row(expected);
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& column) {
    const auto value = columns.find(column.first);
    return value == columns.end() ? column.second == "null" : value->second == column.second;
  });
}

std::map<std::string, std::string> columns_of_row(std::string_view row) {
  std::map<std::string, std::string> columns;
  std::string name;
  std::string token;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const char c = row[i];
    if (quoted) {
      token += c;
      if (c == '\\') token += row[++i];
      quoted = c != '"';
      continue;
    }
    const bool closes = c == '}' || c == ']';
    if (closes) --depth;
    if (depth == 1 && c == ':') {
      name = token.substr(1, token.size() - 2);  // without its quotes
      token.clear();
    } else if ((depth == 1 && c == ',') || (depth == 0 && closes)) {
      if (!name.empty()) columns[name] = token;
      name.clear();
      token.clear();
    } else if (c != ' ' && (depth > 0)) {
      token += c;
    }
    if (c == '{' || c == '[') ++depth;
    quoted = c == '"';
  }
  RECKONER_CHECK(depth == 0 && !quoted, "not a row: {}", row);
  return columns;
}

}  // namespace reckoner::testing
