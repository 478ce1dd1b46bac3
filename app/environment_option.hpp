// The option of commands that are about a rule set without a job: in which of its environments it is looked at.
#pragma once

#include <string>

#include "app/command_line.hpp"

namespace reckoner {

// `environment` outlives CommandLine::run(); empty = the rule set as it stands.
Argument add_environment_option(Command& command, std::string& environment);

}  // namespace reckoner
