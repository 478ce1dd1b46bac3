#include "app/command_line.hpp"

#include <CLI/CLI.hpp>

#include <utility>

#include "app/exit_code.hpp"

namespace reckoner {

Argument Argument::required() {
  option_->required();
  return *this;
}

Argument Argument::with_default_shown() {
  option_->capture_default_str();
  return *this;
}

Argument Argument::one_of(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return *this;
}

Argument Argument::between(std::uint32_t least, std::uint32_t most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Argument Argument::needs(const Argument& other) {
  option_->needs(other.option_);
  return *this;
}

Argument Argument::hidden() {
  option_->group("");
  return *this;
}

Argument Argument::one_value_each() {
  option_->allow_extra_args(false);
  return *this;
}

Command Command::add_command(const std::string& name, const std::string& description) { return {*app_->add_subcommand(name, description), *chosen_}; }

void Command::require_command() { app_->require_subcommand(1); }

Argument Command::option(const std::string& names, std::string& into, const std::string& description) {
  return Argument(*app_->add_option(names, into, description));
}

Argument Command::option(const std::string& names, std::vector<std::string>& into, const std::string& description) {
  return Argument(*app_->add_option(names, into, description));
}

Argument Command::option(const std::string& names, std::uint32_t& into, const std::string& description) {
  return Argument(*app_->add_option(names, into, description));
}

Argument Command::option(const std::string& names, std::uint64_t& into, const std::string& description) {
  return Argument(*app_->add_option(names, into, description));
}

Argument Command::option(const std::string& names, std::optional<std::uint32_t>& into, const std::string& description) {
  return Argument(*app_->add_option(names, into, description));
}

Argument Command::flag(const std::string& names, bool& into, const std::string& description) {
  return Argument(*app_->add_flag(names, into, description));
}

// The action waits for run(): CLI11 calls its callbacks from inside its parsing, of which an action's errors are no part.
void Command::when_asked_for(std::function<int()> action) {
  app_->callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
}

CommandOutline Command::outline() const {
  CommandOutline result{app_->get_name(), app_->get_description(), {}, {}};
  for (const CLI::Option* option : app_->get_options())
    result.arguments.push_back({option->get_name(), option->get_lnames(), option->get_description()});
  for (CLI::App* inner : app_->get_subcommands([](CLI::App*) { return true; })) result.commands.push_back(Command(*inner, *chosen_).outline());
  return result;
}

CommandLine::CommandLine(const std::string& name, const std::string& description, const std::string& version)
    : app_(std::make_unique<CLI::App>(description, name)), program_(*app_, chosen_) {
  app_->set_version_flag("--version", version);
  program_.require_command();
}

CommandLine::~CommandLine() = default;

int CommandLine::run(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return chosen_();
}

}  // namespace reckoner
