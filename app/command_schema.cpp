#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/job_schema.hpp"
#include "rules/diagnostic.hpp"
#include "rules/json_schema.hpp"
#include "rules/reference_pages.hpp"

namespace reckoner {

namespace {

struct Page {
  std::string_view name;
  std::string (*text)();
};

const std::vector<Page>& schemas() {
  static const std::vector<Page> pages{{"ruleset", [] { return json_schema(rule_set_form()); }},
                                       {"rule", [] { return json_schema(rule_form()); }},
                                       {"tests", [] { return json_schema(test_file_form()); }},
                                       {"test-defaults", [] { return json_schema(test_defaults_form()); }},
                                       {"job", job_schema}};
  return pages;
}

const std::vector<Page>& references() {
  static const std::vector<Page> pages{{"keys", keys_page}, {"codes", codes_page}};
  return pages;
}

int print_page(const std::vector<Page>& pages, const std::string& name) {
  std::vector<std::string> names;
  for (const Page& page : pages) {
    if (page.name == name) {
      fmt::print("{}", page.text());
      return 0;
    }
    names.emplace_back(page.name);
  }
  return report_error({ErrorKind::kConfiguration, Retry::kNever, fmt::format("there is no '{}'; {}", name, name_advice(name, names))});
}

// Every schema as DIRECTORY/NAME.schema.json, where the first lines of our files tell editors to look.
int write_schemas(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  for (const Page& page : schemas()) {
    const std::filesystem::path path = std::filesystem::path(directory) / fmt::format("{}.schema.json", page.name);
    std::ofstream stream(path, std::ios::binary);
    stream << page.text() << std::flush;
    if (!stream) return report_error({ErrorKind::kExternal, Retry::kLater, fmt::format("{}: cannot write it", path.string())});
  }
  return 0;
}

}  // namespace

void add_schema_commands(Command& program) {
  auto kind = std::make_shared<std::string>("ruleset");
  auto directory = std::make_shared<std::string>();
  Command schema = program.add_command("schema", "JSON Schema (draft-07) of our YAML files, for editors: reckoner schema rule");
  schema.option("KIND", *kind, "ruleset, rule, tests, test-defaults or job").with_default_shown();
  schema.option("--write", *directory, "Write all of them as DIRECTORY/KIND.schema.json");
  schema.when_asked_for([kind, directory] { return directory->empty() ? print_page(schemas(), *kind) : write_schemas(*directory); });
  auto page = std::make_shared<std::string>();
  Command reference = program.add_command("reference", "The pages of docs/ that are made from tables: reckoner reference keys > docs/keys.md");
  reference.option("PAGE", *page, "keys or codes").required();
  reference.when_asked_for([page] { return print_page(references(), *page); });
}

}  // namespace reckoner
