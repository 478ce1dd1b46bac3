// The program's commands, one file each (command_NAME.cpp). Each adds its subcommand to the command line and leaves in `run` what to do when it
// is the one that was asked for; the result is the process's exit code.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace reckoner {

using CommandAction = std::function<int()>;

void add_run_command(CLI::App& app, CommandAction& action);
void add_generate_command(CLI::App& app, CommandAction& action);
void add_config_command(CLI::App& app, CommandAction& action);
void add_lint_command(CLI::App& app, CommandAction& action);
void add_cat_command(CLI::App& app, CommandAction& action);
void add_verify_command(CLI::App& app, CommandAction& action);
void add_exceptions_command(CLI::App& app, CommandAction& action);
void add_checkpoint_command(CLI::App& app, CommandAction& action);
void add_state_command(CLI::App& app, CommandAction& action);
void add_lag_command(CLI::App& app, CommandAction& action);
void add_dlq_command(CLI::App& app, CommandAction& action);
void add_topics_command(CLI::App& app, CommandAction& action);
void add_test_command(CLI::App& app, CommandAction& action);
void add_explain_commands(CLI::App& app, CommandAction& action);
void add_rules_command(CLI::App& app, CommandAction& action);
void add_schema_commands(CLI::App& app, CommandAction& action);
void add_new_command(CLI::App& app, CommandAction& action);
void add_completion_command(CLI::App& app, CommandAction& action);
void add_demo_command(CLI::App& app, CommandAction& action);
void add_demo_kafka_command(CLI::App& app, CommandAction& action);

}  // namespace reckoner
