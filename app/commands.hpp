// The program's commands, one file each (command_NAME.cpp). Each adds itself to the program, with what it takes and what to do when it is asked for.
#pragma once

namespace reckoner {

class Command;

void add_run_command(Command& program);
void add_generate_command(Command& program);
void add_config_command(Command& program);
void add_lint_command(Command& program);
void add_cat_command(Command& program);
void add_verify_command(Command& program);
void add_exceptions_command(Command& program);
void add_checkpoint_command(Command& program);
void add_state_command(Command& program);
void add_lag_command(Command& program);
void add_dlq_command(Command& program);
void add_topics_command(Command& program);
void add_test_command(Command& program);
void add_explain_commands(Command& program);
void add_rules_command(Command& program);
void add_schema_commands(Command& program);
void add_new_command(Command& program);
void add_completion_command(Command& program);
void add_demo_command(Command& program);
void add_demo_kafka_command(Command& program);

}  // namespace reckoner
