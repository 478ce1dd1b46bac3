// The option of commands that are about a rule set without a job: in which of its environments it is looked at.
#pragma once

#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace reckoner {

// `environment` outlives the parsing; empty = the rule set as it stands.
CLI::Option* add_environment_option(CLI::App& command, std::string& environment);

}  // namespace reckoner
