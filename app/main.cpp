#include "app/command_line.hpp"
#include "app/commands.hpp"

int main(int argc, char** argv) {
  reckoner::CommandLine line("reckoner", "Reckoner: a stateful stream processor for payment fraud rules and reconciliation", RECKONER_VERSION);
  reckoner::Command& program = line.program();
  reckoner::add_run_command(program);
  reckoner::add_lint_command(program);
  reckoner::add_test_command(program);
  reckoner::add_explain_commands(program);
  reckoner::add_rules_command(program);
  reckoner::add_schema_commands(program);
  reckoner::add_new_command(program);
  reckoner::add_config_command(program);
  reckoner::add_cat_command(program);
  reckoner::add_verify_command(program);
  reckoner::add_exceptions_command(program);
  reckoner::add_checkpoint_command(program);
  reckoner::add_state_command(program);
  reckoner::add_generate_command(program);
  reckoner::add_lag_command(program);
  reckoner::add_dlq_command(program);
  reckoner::add_topics_command(program);
  reckoner::add_demo_command(program);
  reckoner::add_demo_kafka_command(program);
  reckoner::add_completion_command(program);
  return line.run(argc, argv);
}
