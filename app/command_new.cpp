#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/rule_set_path.hpp"
#include "app/starter_files.hpp"
#include "app/test_file.hpp"
#include "rules/load.hpp"

namespace reckoner {

namespace {

namespace fs = std::filesystem;

// Labels as ids have them; they become names of files.
Result<void> check_name(const std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (!name.empty() && name.size() <= 64 && name.front() != '.' && name.find_first_not_of(kLetters) == std::string::npos) return {};
  return fail(ErrorKind::kConfiguration, fmt::format("'{}' is no name; use letters, digits, '-', '_' and '.', at most 64", name));
}

// All of them or none: nothing that is there is overwritten.
Result<void> write_files(const fs::path& folder, const StarterFiles& files) {
  std::error_code ignored;
  for (const auto& [name, text] : files) {
    if (fs::exists(folder / name, ignored))
      return fail(ErrorKind::kConfiguration, fmt::format("{} is there already; choose another name, or remove it", (folder / name).string()));
  }
  for (const auto& [name, text] : files) {
    fs::create_directories((folder / name).parent_path(), ignored);
    std::ofstream stream(folder / name, std::ios::binary);
    stream << text << std::flush;
    if (!stream) return fail(ErrorKind::kExternal, fmt::format("{}: cannot write it", (folder / name).string()), Retry::kLater);
    fmt::print("{}\n", (folder / name).string());
  }
  return {};
}

Result<void> make_rule_set(const std::string& path) {
  const fs::path folder(path);
  const std::string name = folder.has_filename() ? folder.filename().string() : folder.parent_path().filename().string();
  if (const auto checked = check_name(name); !checked) return checked;
  if (const auto written = write_files(folder, starter_rule_set(name)); !written) return written;
  fmt::print("\nnext: reckoner test {0}\n      reckoner schema --write {0}/schemas, for an editor that knows YAML\n", path);
  return {};
}

Result<void> make_rule(const std::string& name, const std::string& folder) {
  if (const auto checked = check_name(name); !checked) return checked;
  const auto place = find_rule_set(folder);
  if (!place) return std::unexpected(place.error());
  const LoadResult loaded = load_rule_set(place->folder);
  if (!loaded.plan)
    return fail(ErrorKind::kConfiguration, fmt::format("{}: the rule set has findings; mend what reckoner lint says first", place->folder));
  for (const FactNames& group : loaded.names.groups) {
    if (group.owner == FactOwner::kRule && group.name == name)
      return fail(ErrorKind::kConfiguration, fmt::format("{} is the id of the rule in {} already", name, group.place.file));
  }
  const bool has_defaults = fs::exists(fs::path(place->folder) / kTestDefaultsFile);
  if (const auto written = write_files(place->folder, starter_rule(name, *loaded.plan, has_defaults)); !written) return written;
  fmt::print("\nnext: change rules/{0}.yaml and its test to what you look for, then reckoner test {1} --filter {0}\n", name, place->folder);
  return {};
}

}  // namespace

void add_new_command(Command& program) {
  Command command = program.add_command("new", "A working start, with a test");
  command.require_command();
  auto name = std::make_shared<std::string>();
  auto folder = std::make_shared<std::string>(".");
  Command rule_set = command.add_command("ruleset", "A rule set in a folder of its own: reckoner new ruleset payments");
  rule_set.option("NAME", *name, "The folder, whose name becomes the rule set's").required();
  rule_set.when_asked_for([name] {
    const auto made = make_rule_set(*name);
    return made ? 0 : report_error(made.error());
  });
  Command rule = command.add_command("rule", "A rule in a rule set: reckoner new rule SLOW-01 --in examples/card-fraud");
  rule.option("NAME", *name, "Its id, and the name of its files").required();
  rule.option("--in", *folder, "Folder of the rule set").with_default_shown();
  rule.when_asked_for([name, folder] {
    const auto made = make_rule(*name, *folder);
    return made ? 0 : report_error(made.error());
  });
}

}  // namespace reckoner
