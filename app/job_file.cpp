#include "app/job_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/check.hpp"
#include "rules/literals.hpp"
#include "rules/yaml_reader.hpp"

namespace reckoner {

namespace {

constexpr std::int64_t kMebibyte = 1 << 20;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::string_view kVariablePrefix = "RECKONER_";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return parts;
}

const SettingInfo* find_info(std::string_view path, std::string* input = nullptr) {
  for (const SettingInfo& info : setting_table()) {
    if (info.path == path) return &info;
    const std::size_t star = info.path.find('*');
    if (star == std::string::npos || !path.starts_with(std::string_view(info.path).substr(0, star))) continue;
    const std::string_view tail = std::string_view(info.path).substr(star + 1);
    const std::string_view rest = path.substr(star);
    if (!rest.ends_with(tail) || rest.size() == tail.size()) continue;
    const std::string_view name = rest.substr(0, rest.size() - tail.size());
    if (name.find('.') != std::string_view::npos) continue;
    if (input != nullptr) *input = name;
    return &info;
  }
  return nullptr;
}

std::string unknown_setting(std::string_view path) {
  std::vector<std::string> names;
  for (const SettingInfo& info : setting_table()) names.push_back(info.path);
  return fmt::format("unknown setting '{}'; {}", path, name_advice(path, names));
}

bool is_list(SettingKind kind) { return kind == SettingKind::kPaths || kind == SettingKind::kTexts; }

Result<std::int64_t> parse_value(const SettingInfo& info, const std::string& text) {
  const auto wrong = [&](std::string_view what) { return fail(ErrorKind::kConfiguration, fmt::format("'{}' is not {}", text, what)); };
  std::int64_t value = 0;
  switch (info.kind) {
    case SettingKind::kInteger: {
      const auto number = parse_number(text);
      if (!number || number->scale != 0) return wrong("a whole number");
      value = number->unscaled;
      break;
    }
    case SettingKind::kDuration: {
      const auto duration = parse_duration(text);
      if (!duration) return wrong("a duration such as 500ms, 10s or 5m");
      value = *duration;
      break;
    }
    case SettingKind::kSize: {
      const auto size = parse_size(text);
      if (!size || *size > static_cast<std::uint64_t>(info.high))
        return wrong(fmt::format("a size up to {} bytes such as 64KiB or 256MiB", info.high));
      value = static_cast<std::int64_t>(*size);
      break;
    }
    case SettingKind::kFlag:
      if (text != "true" && text != "false") return wrong("true or false");
      return text == "true" ? 1 : 0;
    case SettingKind::kChoice: {
      const std::vector<std::string> words = split(info.choices, '|');
      if (std::find(words.begin(), words.end(), text) == words.end()) return wrong(fmt::format("one of {}", fmt::join(words, ", ")));
      return 0;
    }
    default:
      return 0;
  }
  if (value < info.low || value > info.high)
    return fail(ErrorKind::kConfiguration, fmt::format("'{}' is not between {} and {}", text, info.low, info.high));
  return value;
}

// Collects settings from one origin after the other; later origins win.
struct Collector {
  std::map<std::string, Setting> settings;
  std::vector<std::string> problems;

  void put(const std::string& path, std::vector<std::string> values, const std::string& origin, const std::string& base) {
    const SettingInfo* info = find_info(path);
    if (info == nullptr) return problems.push_back(fmt::format("{}: {}", origin, unknown_setting(path)));
    if (!is_list(info->kind) && values.size() != 1) return problems.push_back(fmt::format("{}: {} takes one value, not a list", origin, path));
    for (std::string& value : values) {
      if (const auto parsed = parse_value(*info, value); !parsed) problems.push_back(fmt::format("{}: {}: {}", origin, path, parsed.error().text));
      const bool is_path = info->kind == SettingKind::kPath || info->kind == SettingKind::kPaths;
      if (is_path && !base.empty()) value = std::filesystem::path(base).append(value).lexically_normal().string();
    }
    settings[path] = {std::move(values), origin};
  }

  void put_node(const SourceText& source, const YamlNode& node, const std::string& path, const std::string& base) {
    const auto origin = [&](const YamlNode& at) {
      const LineColumn place = source.at(at.offset);
      return fmt::format("{}:{}:{}", source.name(), place.line, place.column);
    };
    if (node.kind == YamlKind::kMap) {
      for (std::size_t i = 0; i < node.items.size(); ++i)
        put_node(source, node.items[i], path.empty() ? node.keys[i].text : path + "." + node.keys[i].text, base);
      return;
    }
    std::vector<std::string> values;
    if (node.is_scalar()) values.push_back(node.text);
    for (const YamlNode& item : node.items) {
      if (!item.is_scalar()) return problems.push_back(fmt::format("{}: {} takes plain texts", origin(item), path));
      values.push_back(item.text);
    }
    put(path, std::move(values), origin(node), base);
  }
};

// RECKONER_STATE_DIR is state.dir. An input's name may hold underscores, so the table decides what a name can mean.
std::optional<std::string> path_of_variable(std::string_view name, const std::map<std::string, Setting>& known) {
  const auto as_variable = [](std::string_view path) {
    std::string text(path);
    for (char& c : text) c = c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  };
  for (const SettingInfo& info : setting_table()) {
    if (info.path.find('*') == std::string::npos && as_variable(info.path) == name) return info.path;
  }
  for (const auto& [path, setting] : known) {
    std::string input;
    if (find_info(path, &input) == nullptr || input.empty()) continue;
    for (const SettingInfo& info : setting_table()) {
      const std::size_t star = info.path.find('*');
      if (star == std::string::npos) continue;
      std::string candidate = info.path.substr(0, star) + input + info.path.substr(star + 1);
      if (as_variable(candidate) == name) return candidate;
    }
  }
  return std::nullopt;
}

bool is_other_kind(const SettingInfo& info, const JobFile& job) {
  return info.scope != SettingScope::kAny && (info.scope == SettingScope::kKafka) != job.is_kafka();
}

// What to name in the place of a folder, or of a rule set.
std::string job_file_advice(const std::filesystem::path& folder) {
  const std::filesystem::path usual = folder / "job.yaml";
  std::error_code ignored;
  if (std::filesystem::is_regular_file(usual, ignored)) return fmt::format("name the job file, as {}", usual.string());
  return "name a job file, such as examples/seed/job.yaml";
}

Result<std::string> read_file(const std::string& path) {
  const std::filesystem::path named(path);
  std::error_code ignored;
  if (std::filesystem::is_directory(named, ignored))
    return fail(ErrorKind::kConfiguration, fmt::format("{}: it is a folder; {}", path, job_file_advice(named)));
  if (named.filename() == "ruleset.yaml")
    return fail(ErrorKind::kConfiguration, fmt::format("{}: it is a rule set, not a job; {}", path, job_file_advice(named.parent_path())));
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorKind::kConfiguration, fmt::format("{}: cannot be read; {}", path, job_file_advice(named.parent_path())));
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

const std::vector<SettingInfo>& setting_table() {
  using K = SettingKind;
  static const std::vector<SettingInfo> table = {
      {"job", K::kText, "", 0, 0, "", "name of the job"},
      {"ruleset", K::kPath, "", 0, 0, "", "folder of the rule set"},
      {"environment", K::kText, "", 0, 0, "", "environment of the rule set that runs; none = the rule set as it stands", SettingScope::kAny, true},
      {"inputs.*.files", K::kPaths, "", 0, 0, "", "files, or patterns with * and ?, that stand behind the input"},
      {"inputs.*.watch", K::kPath, "", 0, 0, "", "folder whose files are taken as they become complete"},
      {"inputs.*.stable", K::kDuration, "30s", 0, kDayMs, "", "a watched file is taken when its size and time have not changed for so long"},
      {"inputs.*.require_ready", K::kFlag, "false", 0, 0, "", "a watched file is taken only when FILE.ready exists"},
      {"inputs.*.follow", K::kFlag, "false", 0, 0, "", "the files still grow"},
      {"inputs.*.topic", K::kText, "", 0, 0, "", "topic that stands behind the input", SettingScope::kKafka},
      {"inputs.*.format", K::kChoice, "jsonl", 0, 0, "jsonl|csv|debezium", "form of the records"},
      {"inputs.*.columns", K::kTexts, "", 0, 0, "", "CSV: names of the columns, when the files have no header row"},
      {"inputs.*.delimiter", K::kText, ",", 0, 0, "", "CSV: one character between cells"},
      {"inputs.*.replica_identity", K::kChoice, "default", 0, 0, "default|full",
       "Debezium: what the image before a change holds, as the table's REPLICA IDENTITY says: default = its key alone"},
      {"inputs.*.decimals", K::kChoice, "text", 0, 0, "text|precise",
       "Debezium: what texts of decimals hold in events without a schema part: the number, or its bytes in base64"},
      {"inputs.*.unavailable", K::kText, "__debezium_unavailable_value", 0, 0, "",
       "Debezium: what stands for a large column that did not change (unavailable.value.placeholder)"},
      {"outputs.dir", K::kPath, "", 0, 0, "", "directory of the output files", SettingScope::kFiles},
      {"outputs.prefix", K::kText, "", 0, 0, "", "what the names of output topics begin with, such as 'seed.'", SettingScope::kKafka},
      {"kafka.brokers", K::kText, "", 0, 0, "", "brokers to begin with, HOST:PORT,...", SettingScope::kKafka},
      {"kafka.settings", K::kTexts, "", 0, 0, "", "more settings of librdkafka, name=value; value env:NAME or file:PATH is taken from there",
       SettingScope::kKafka},
      {"kafka.partitions", K::kInteger, "8", 1, 10'000, "", "of topics that `topics create` makes; inputs are equal in it", SettingScope::kKafka},
      {"kafka.log_partitions", K::kInteger, "1", 1, 1000, "", "of the log that `topics create` makes: about one a process", SettingScope::kKafka},
      {"kafka.replication", K::kInteger, "-1", -1, 100, "", "of topics that `topics create` makes; -1 = the brokers' default", SettingScope::kKafka},
      {"kafka.hand_over", K::kFlag, "true", 0, 0, "",
       "a process that is asked to end gives its shards to the others at once; false: they wait for its next one for the session's time",
       SettingScope::kKafka},
      {"kafka.log_retention", K::kDuration, "168h", kDayMs, 3650 * kDayMs, "", "of the log topic", SettingScope::kKafka},
      {"kafka.log_silence", K::kDuration, "6h", 1000, kDayMs / 2, "",
       "a shard that decides nothing for so long writes that down, so that the log's retention does not forget it", SettingScope::kKafka},
      {"exchange.tell_every", K::kDuration, "1s", 10, 60'000, "", "how often shards that hand records on tell each other how far event time is",
       SettingScope::kKafka},
      {"slot", K::kText, "", 0, 0, "", "name of this process among those of the job; a restart keeps it", SettingScope::kKafka},
      {"state.dir", K::kPath, "", 0, 0, "", "directory of the commit log and the checkpoints"},
      {"shards", K::kInteger, "4", 1, 1024, "", "slices of the keys; fixed when the state directory is made", SettingScope::kFiles},
      {"threads", K::kInteger, "1", 1, 256, "", "threads that decode and work on shards"},
      {"epoch.time", K::kDuration, "1s", 1, 600'000, "", "an epoch is committed after so long at the latest"},
      {"epoch.records", K::kInteger, "4000000", 1, 1'000'000'000, "", "and after so many records"},
      {"epoch.bytes", K::kSize, "256MiB", 1, std::int64_t{1} << 40, "", "and after so many bytes of output"},
      {"checkpoint.every", K::kDuration, "10s", 0, kDayMs, "", "how often the state is copied; 0s = only at the end"},
      {"checkpoint.keep", K::kInteger, "3", 1, 1000, "", "copies kept"},
      {"checkpoint.shared_dir", K::kPath, "", 0, 0, "",
       "directory that all processes have: copies are put there too, for one without state; none = not", SettingScope::kKafka, true},
      {"checkpoint.share_every", K::kDuration, "1m", 1000, kDayMs, "", "how often a shard's newest copy is put there", SettingScope::kKafka},
      {"log.segment", K::kSize, "64MiB", 4096, std::int64_t{1} << 40, "", "size of a segment of the commit log", SettingScope::kFiles},
      {"log.retention", K::kSize, "4GiB", 0, std::int64_t{1} << 50, "", "so much of the commit log is kept at least", SettingScope::kFiles},
      {"idle_after", K::kDuration, "30s", 1, kDayMs, "",
       "a partition silent for so long holds nothing back; all of them, and event time goes on with the clock"},
      {"max_skew", K::kDuration, "5m", 1, 36'500 * kDayMs, "", "a record whose time is further ahead of the clock is rejected"},
      {"limits.rejected_percent", K::kInteger, "50", 0, 100, "", "the job stops when more of its records than this are rejected"},
      {"limits.rejected_least", K::kInteger, "1000", 1, 1'000'000'000, "", "but never before so many records"},
      {"lists.look_every", K::kDuration, "5s", 0, kDayMs, "", "how often a running job looks whether lists have changed; 0s = only at its start"},
      {"limits.waiting_records", K::kInteger, "20000000", 1, 10'000'000'000, "",
       "the job stops when more records than this wait for their turn in order of event time, where rules are evaluated so"},
      {"engine.batch_records", K::kInteger, "256", 1, 256, "", "records an operator is called with; results do not depend on it"},
      {"engine.round_records", K::kInteger, "4096", 1, 1 << 20, "",
       "records the shards work on between two looks at the clock; results do not depend on it"},
      {"engine.block", K::kSize, "256KiB", 64, 64 * kMebibyte, "", "bytes read at once"},
      {"engine.gather_records", K::kInteger, "128", 1, 1 << 20, "", "keys each thread copies at once while a checkpoint gathers"},
      {"engine.gather_bytes", K::kSize, "4MiB", 1, 1024 * kMebibyte, "", "and how much of the last one, before that is written"},
      {"engine.close_rows", K::kInteger, "65536", 1, 1 << 30, "", "rows of closed windows written at once"},
      {"engine.background", K::kFlag, "true", 0, 0, "", "commit and write checkpoints in threads of their own"},
  };
  return table;
}

std::map<std::string, std::string> reckoner_environment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !text.starts_with(kVariablePrefix)) continue;
    found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

Result<JobFile> JobFile::load(const std::string& path, const std::vector<std::string>& overrides,
                              const std::map<std::string, std::string>& environment) {
  Result<std::string> text = read_file(path);
  if (!text) return std::unexpected(text.error());
  const SourceText source(path, std::move(*text));
  Findings findings;
  Collector collector;
  const std::optional<YamlNode> document = read_yaml(source, findings);
  const std::string base = std::filesystem::path(path).parent_path().string();
  if (document && document->kind == YamlKind::kMap) {
    collector.put_node(source, *document, "", base);
  } else if (findings.empty()) {
    collector.problems.push_back(fmt::format("{}:1:1: a job file is a mapping; it begins with 'job: NAME'", path));
  }
  for (const Diagnostic& finding : findings.take_sorted()) collector.problems.push_back(to_text(finding));
  for (const auto& [variable, value] : environment) {
    const std::string_view name = std::string_view(variable).substr(kVariablePrefix.size());
    const std::optional<std::string> known = path_of_variable(name, collector.settings);
    if (!known) continue;
    collector.put(*known, is_list(find_info(*known)->kind) ? split(value, ',') : std::vector{value}, "environment " + variable, "");
  }
  for (const std::string& override_text : overrides) {
    const std::size_t equals = override_text.find('=');
    if (equals == std::string::npos) {
      collector.problems.push_back(fmt::format("--set {}: write it as path=value", override_text));
      continue;
    }
    const std::string name = override_text.substr(0, equals);
    const std::string value = override_text.substr(equals + 1);
    const SettingInfo* info = find_info(name);
    collector.put(name, info != nullptr && is_list(info->kind) ? split(value, ',') : std::vector{value}, "--set", "");
  }
  JobFile job;
  job.file_ = path;
  job.settings_ = std::move(collector.settings);
  for (const SettingInfo& info : setting_table()) {
    if (info.path.find('*') != std::string::npos || is_other_kind(info, job)) continue;
    if (job.has(info.path) || (info.default_value.empty() && (is_list(info.kind) || info.optional))) continue;
    if (info.default_value.empty()) {
      collector.problems.push_back(
          fmt::format("{}: '{}' is missing: {}; set it in the file or with --set {}=...", path, info.path, info.text, info.path));
    } else {
      job.settings_[info.path] = {{info.default_value}, "default"};
    }
  }
  for (const std::string& input : job.inputs()) {
    for (const SettingInfo& info : setting_table()) {
      const std::size_t star = info.path.find('*');
      if (star == std::string::npos || info.default_value.empty()) continue;
      job.settings_.try_emplace(info.path.substr(0, star) + input + info.path.substr(star + 1), Setting{{info.default_value}, "default"});
    }
    if (job.is_kafka()) {
      if (!job.has("inputs." + input + ".topic"))
        collector.problems.push_back(fmt::format("{}: input '{}' has no topic; set inputs.{}.topic", path, input, input));
    } else if (!job.has("inputs." + input + ".files") && !job.has("inputs." + input + ".watch")) {
      collector.problems.push_back(fmt::format("{}: input '{}' has neither files nor watch; set inputs.{}.files", path, input, input));
    }
  }
  if (!collector.problems.empty()) return fail(ErrorKind::kConfiguration, fmt::format("{}", fmt::join(collector.problems, "\n")));
  return job;
}

bool JobFile::is_kafka() const {
  return std::any_of(settings_.begin(), settings_.end(), [](const auto& setting) { return setting.first.starts_with("kafka."); });
}

std::vector<std::string> JobFile::inputs() const {
  std::vector<std::string> names;
  for (const auto& [path, setting] : settings_) {
    std::string input;
    if (find_info(path, &input) != nullptr && !input.empty() && (names.empty() || names.back() != input)) names.push_back(input);
  }
  return names;
}

std::string JobFile::text(const std::string& path) const {
  const auto found = settings_.find(path);
  return found == settings_.end() ? std::string{} : found->second.values.at(0);
}

std::vector<std::string> JobFile::list(const std::string& path) const {
  const auto found = settings_.find(path);
  return found == settings_.end() ? std::vector<std::string>{} : found->second.values;
}

std::int64_t JobFile::number(const std::string& path) const {
  const SettingInfo* info = find_info(path);
  RECKONER_CHECK(info != nullptr && has(path), "setting {}", path);
  const Result<std::int64_t> value = parse_value(*info, text(path));
  RECKONER_CHECK(value.has_value(), "setting {}", path);
  return *value;
}

bool JobFile::flag(const std::string& path) const { return number(path) != 0; }

}  // namespace reckoner
