#include "app/environment_option.hpp"

#include <CLI/CLI.hpp>

namespace reckoner {

CLI::Option* add_environment_option(CLI::App& command, std::string& environment) {
  return command.add_option("--environment", environment, "With what this environment of the rule set changes");
}

}  // namespace reckoner
