#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <set>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "rules/diagnostic.hpp"

namespace reckoner {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// Of a command and of those inside it, each once.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> options = command.get_options();
  std::set<std::string> known;
  for (const CLI::Option* option : options) known.insert(option->get_name());
  for (const CLI::App* inner : commands_of(command)) {
    for (const CLI::Option* option : inner->get_options()) {
      if (known.insert(option->get_name()).second) options.push_back(option);
    }
  }
  return options;
}

// "--set --until-end": what may follow a command besides files.
std::string words_of(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* inner : commands_of(command)) words.push_back(inner->get_name());
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string bash_text(const CLI::App& app) {
  std::string cases;
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) {
    names.push_back(command->get_name());
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command->get_name(), words_of(*command));
  }
  return fmt::format(
      "# reckoner completion bash > /etc/bash_completion.d/reckoner\n"
      "_reckoner() {{\n  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" words=\"\"\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"{}\" -- \"$current\"))\n    return\n  fi\n"
      "  case \"${{COMP_WORDS[1]}}\" in\n{}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\") $(compgen -f -- \"$current\"))\n}}\n"
      "complete -o filenames -F _reckoner reckoner\n",
      fmt::join(names, " "), cases);
}

// zsh runs bash's completions.
std::string zsh_text(const CLI::App& app) {
  return "#compdef reckoner\n# reckoner completion zsh > ~/.zsh/completions/_reckoner\nautoload -U +X bashcompinit && bashcompinit\n" +
         bash_text(app);
}

std::string fish_quoted(std::string text) {
  for (std::size_t at = text.find_first_of("'\\"); at != std::string::npos; at = text.find_first_of("'\\", at + 2)) text.insert(at, "\\");
  return "'" + text + "'";
}

std::string fish_text(const CLI::App& app) {
  std::string text = "# reckoner completion fish > ~/.config/fish/completions/reckoner.fish\n";
  for (const CLI::App* command : commands_of(app)) {
    const std::string& name = command->get_name();
    text += fmt::format("complete -c reckoner -n __fish_use_subcommand -a {} -d {}\n", name, fish_quoted(command->get_description()));
    for (const CLI::App* inner : commands_of(*command))
      text += fmt::format("complete -c reckoner -n '__fish_seen_subcommand_from {}' -a {} -d {}\n", name, inner->get_name(),
                          fish_quoted(inner->get_description()));
    for (const CLI::Option* option : options_of(*command)) {
      for (const std::string& option_name : option->get_lnames())
        text += fmt::format("complete -c reckoner -n '__fish_seen_subcommand_from {}' -l {} -d {}\n", name, option_name,
                            fish_quoted(option->get_description()));
    }
  }
  return text;
}

int print_completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") fmt::print("{}", bash_text(app));
  if (shell == "zsh") fmt::print("{}", zsh_text(app));
  if (shell == "fish") fmt::print("{}", fish_text(app));
  return 0;
}

}  // namespace

void add_completion_command(CLI::App& app, CommandAction& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "What a shell needs to complete our commands: reckoner completion bash");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&action, &app, shell] { action = [&app, shell] { return print_completion(app, *shell); }; });
}

}  // namespace reckoner
