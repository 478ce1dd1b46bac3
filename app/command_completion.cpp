#include <fmt/format.h>

#include <memory>
#include <set>

#include "app/command_line.hpp"
#include "app/commands.hpp"

namespace reckoner {

namespace {

// Of a command and of those inside it, each once.
std::vector<ArgumentOutline> arguments_of(const CommandOutline& command) {
  std::vector<ArgumentOutline> arguments = command.arguments;
  std::set<std::string> known;
  for (const ArgumentOutline& argument : arguments) known.insert(argument.name);
  for (const CommandOutline& inner : command.commands) {
    for (const ArgumentOutline& argument : inner.arguments) {
      if (known.insert(argument.name).second) arguments.push_back(argument);
    }
  }
  return arguments;
}

// "--set --until-end": what may follow a command besides files.
std::string words_of(const CommandOutline& command) {
  std::vector<std::string> words;
  words.reserve(command.commands.size());
  for (const CommandOutline& inner : command.commands) words.push_back(inner.name);
  for (const ArgumentOutline& argument : arguments_of(command)) {
    for (const std::string& name : argument.long_names) words.push_back("--" + name);
  }
  return fmt::format("{}", fmt::join(words, " "));
}

std::string bash_text(const CommandOutline& program) {
  std::string cases;
  std::vector<std::string> names;
  for (const CommandOutline& command : program.commands) {
    names.push_back(command.name);
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command.name, words_of(command));
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
std::string zsh_text(const CommandOutline& program) {
  return "#compdef reckoner\n# reckoner completion zsh > ~/.zsh/completions/_reckoner\nautoload -U +X bashcompinit && bashcompinit\n" +
         bash_text(program);
}

std::string fish_quoted(std::string text) {
  for (std::size_t at = text.find_first_of("'\\"); at != std::string::npos; at = text.find_first_of("'\\", at + 2)) text.insert(at, "\\");
  return "'" + text + "'";
}

std::string fish_text(const CommandOutline& program) {
  std::string text = "# reckoner completion fish > ~/.config/fish/completions/reckoner.fish\n";
  for (const CommandOutline& command : program.commands) {
    const std::string& name = command.name;
    text += fmt::format("complete -c reckoner -n __fish_use_subcommand -a {} -d {}\n", name, fish_quoted(command.description));
    for (const CommandOutline& inner : command.commands)
      text += fmt::format("complete -c reckoner -n '__fish_seen_subcommand_from {}' -a {} -d {}\n", name, inner.name, fish_quoted(inner.description));
    for (const ArgumentOutline& argument : arguments_of(command)) {
      for (const std::string& long_name : argument.long_names)
        text +=
            fmt::format("complete -c reckoner -n '__fish_seen_subcommand_from {}' -l {} -d {}\n", name, long_name, fish_quoted(argument.description));
    }
  }
  return text;
}

int print_completion(const CommandOutline& program, const std::string& shell) {
  if (shell == "bash") fmt::print("{}", bash_text(program));
  if (shell == "zsh") fmt::print("{}", zsh_text(program));
  if (shell == "fish") fmt::print("{}", fish_text(program));
  return 0;
}

}  // namespace

void add_completion_command(Command& program) {
  auto shell = std::make_shared<std::string>();
  Command command = program.add_command("completion", "What a shell needs to complete our commands: reckoner completion bash");
  command.option("SHELL", *shell, "bash, zsh or fish").required().one_of({"bash", "zsh", "fish"});
  command.when_asked_for([program, shell] { return print_completion(program.outline(), *shell); });
}

}  // namespace reckoner
