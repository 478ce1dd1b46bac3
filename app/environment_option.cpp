#include "app/environment_option.hpp"

namespace reckoner {

Argument add_environment_option(Command& command, std::string& environment) {
  return command.option("--environment", environment, "With what this environment of the rule set changes");
}

}  // namespace reckoner
