// The engineers' side of a job: which rule set, which files stand behind each input, where outputs and state go, and the bounds. One table
// says which settings exist; a value comes from the command line (--set path=value) before the environment (RECKONER_PATH_WITH_UNDERSCORES)
// before the file before the table's default, and remembers which.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"

namespace reckoner {

enum class SettingKind : std::uint8_t { kText, kPath, kPaths, kTexts, kInteger, kDuration, kSize, kFlag, kChoice };

enum class SettingScope : std::uint8_t { kAny, kFiles, kKafka };  // kind of job that has the setting

struct SettingInfo {
  std::string path;  // dotted; '*' stands for an input's name
  SettingKind kind = SettingKind::kText;
  std::string default_value;  // empty = none; lists: comma-separated
  std::int64_t low = 0;       // kInteger, kDuration (ms), kSize (bytes)
  std::int64_t high = 0;
  std::string choices;  // kChoice: words separated by '|'
  std::string text;     // what it is for
  SettingScope scope = SettingScope::kAny;
  bool optional = false;  // may be missing without a default
};

[[nodiscard]] const std::vector<SettingInfo>& setting_table();

struct Setting {
  std::vector<std::string> values;  // one, unless the kind is a list
  std::string origin;               // "--set", "environment RECKONER_SHARDS", "job.yaml:12", "default"
};

class JobFile {
 public:
  // `overrides` are the path=value texts of --set. `environment` gives a variable's value or nothing. All problems in one error, a line each.
  [[nodiscard]] static Result<JobFile> load(const std::string& path, const std::vector<std::string>& overrides,
                                            const std::map<std::string, std::string>& environment);

  [[nodiscard]] std::string text(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const;
  [[nodiscard]] std::int64_t number(const std::string& path) const;  // integers, milliseconds, bytes
  [[nodiscard]] bool flag(const std::string& path) const;
  [[nodiscard]] bool has(const std::string& path) const { return settings_.contains(path); }

  [[nodiscard]] std::vector<std::string> inputs() const;  // names, sorted
  [[nodiscard]] bool is_kafka() const;                    // topics stand behind its inputs, not files
  [[nodiscard]] const std::map<std::string, Setting>& settings() const { return settings_; }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::map<std::string, Setting> settings_;  // by path, inputs' names filled in
};

// The environment of this process, RECKONER_ variables alone.
[[nodiscard]] std::map<std::string, std::string> reckoner_environment();

}  // namespace reckoner
