#include "app/rule_set_path.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace reckoner {

namespace fs = std::filesystem;

namespace {

std::string folder_text(const fs::path& path) { return path.empty() ? "." : path.string(); }

bool has_rule_set(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kRuleSetFile, ignored);
}

}  // namespace

Result<RuleSetPath> find_rule_set(const std::string& text, std::string_view advice) {
  std::error_code ignored;
  fs::path path(text);
  if (!path.has_filename()) path = path.parent_path();
  if (!fs::exists(path, ignored)) return fail(ErrorKind::kConfiguration, fmt::format("{}: there is no such file or folder; {}", text, advice));
  if (fs::is_directory(path, ignored)) {
    if (has_rule_set(path)) return RuleSetPath{folder_text(path), {}};
    return fail(ErrorKind::kConfiguration, fmt::format("{}: there is no {} in it; {}", text, kRuleSetFile, advice));
  }
  const fs::path folder = path.parent_path();
  if (path.filename() == kRuleSetFile) return RuleSetPath{folder_text(folder), std::string(kRuleSetFile)};
  if (has_rule_set(folder.parent_path().empty() ? fs::path(".") : folder.parent_path()) &&
      (folder.filename() == "rules" || folder.filename() == "tests"))
    return RuleSetPath{folder_text(folder.parent_path()), (folder.filename() / path.filename()).string()};
  return fail(ErrorKind::kConfiguration, fmt::format("{}: it belongs to no rule set; {}", text, advice));
}

std::string test_file_of(const std::string& file) {
  constexpr std::string_view kEnding = ".yaml";
  if (file.starts_with("tests/") || file.ends_with(".test.yaml") || !file.ends_with(kEnding)) return file;
  return file.substr(0, file.size() - kEnding.size()) + ".test.yaml";
}

}  // namespace reckoner
