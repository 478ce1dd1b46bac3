// The program's command line: its commands, what each takes, and which one is asked for. All of CLI11 is in command_line.cpp, because its headers
// cost a source file more time than all else in it.
//
//   CommandLine line("greeter", "Says hello", "1.0");
//   auto options = std::make_shared<GreetOptions>();
//   Command greet = line.program().add_command("greet", "To one of us: greeter greet Ada");
//   greet.option("NAME", options->name, "Whom").required();
//   greet.when_asked_for([options] { return say_hello(*options); });
//   return line.run(argc, argv);
//
// A Command and an Argument are handles: the CommandLine owns what they stand for and outlives them. It keeps every function given to
// when_asked_for() as long as it lives, so what arguments are read into may belong to such a function, as above.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace reckoner {

class Argument {
 public:
  explicit Argument(CLI::Option& option) : option_(&option) {}

  Argument required();
  Argument with_default_shown();  // in the help: the value that it is read into has now
  Argument one_of(const std::vector<std::string>& words);
  Argument between(std::uint32_t least, std::uint32_t most);  // both are allowed
  Argument needs(const Argument& other);                      // of the same command
  Argument hidden();                                          // from the help
  Argument one_value_each();                                  // of an option that may be repeated: what stands after its value is not one more

 private:
  CLI::Option* option_;
};

// What shells complete.
struct ArgumentOutline {
  std::string name;                     // tells it from others of its command; empty for those hidden from the help
  std::vector<std::string> long_names;  // without dashes; none where it goes by its place alone
  std::string description;
};

struct CommandOutline {
  std::string name;
  std::string description;
  std::vector<ArgumentOutline> arguments;
  std::vector<CommandOutline> commands;
};

class Command {
 public:
  // `chosen` is where the function of the command that is asked for goes.
  Command(CLI::App& app, std::function<int()>& chosen) : app_(&app), chosen_(&chosen) {}

  Command add_command(const std::string& name, const std::string& description);
  void require_command();  // one of those inside it has to be named

  // `names` is "-f,--follow" or, for one that goes by its place, "JOB". `into` outlives CommandLine::run(), and keeps the value that it has now
  // where nothing is given. A vector takes all values up to the next option.
  Argument option(const std::string& names, std::string& into, const std::string& description = "");
  Argument option(const std::string& names, std::vector<std::string>& into, const std::string& description = "");
  Argument option(const std::string& names, std::uint32_t& into, const std::string& description = "");
  Argument option(const std::string& names, std::uint64_t& into, const std::string& description = "");
  Argument option(const std::string& names, std::optional<std::uint32_t>& into, const std::string& description = "");
  Argument flag(const std::string& names, bool& into, const std::string& description = "");

  // What to do when it is the command that is asked for; the result is the process's exit code. Called once at most, after all was read.
  void when_asked_for(std::function<int()> action);

  [[nodiscard]] CommandOutline outline() const;

 private:
  CLI::App* app_;
  std::function<int()>* chosen_;
};

class CommandLine {
 public:
  CommandLine(const std::string& name, const std::string& description, const std::string& version);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  [[nodiscard]] Command& program() { return program_; }  // to which commands are added; one of them has to be named

  // Reads the arguments and does what they ask for. Help and the version are printed here, and so is what is wrong with the arguments, which is
  // ExitCode::kUsage.
  [[nodiscard]] int run(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  std::function<int()> chosen_;
  Command program_;
};

}  // namespace reckoner
