#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/commands.hpp"

int main(int argc, char** argv) {
  CLI::App app("Reckoner: a stateful stream processor for payment fraud rules and reconciliation", "reckoner");
  app.require_subcommand(1);
  app.set_version_flag("--version", RECKONER_VERSION);
  reckoner::CommandAction action;
  reckoner::add_run_command(app, action);
  reckoner::add_lint_command(app, action);
  reckoner::add_test_command(app, action);
  reckoner::add_explain_commands(app, action);
  reckoner::add_rules_command(app, action);
  reckoner::add_schema_commands(app, action);
  reckoner::add_new_command(app, action);
  reckoner::add_config_command(app, action);
  reckoner::add_cat_command(app, action);
  reckoner::add_verify_command(app, action);
  reckoner::add_exceptions_command(app, action);
  reckoner::add_checkpoint_command(app, action);
  reckoner::add_state_command(app, action);
  reckoner::add_generate_command(app, action);
  reckoner::add_lag_command(app, action);
  reckoner::add_dlq_command(app, action);
  reckoner::add_topics_command(app, action);
  reckoner::add_demo_command(app, action);
  reckoner::add_demo_kafka_command(app, action);
  reckoner::add_completion_command(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 64;
  }
  return action();
}
