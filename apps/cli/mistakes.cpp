#include "cli/mistakes.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/names.h"
#include "cli/settings.h"

namespace sotto::cli {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// "--top-k" and so on, without positional arguments.
std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options([](const CLI::Option*) { return true; })) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

bool has_option(const CLI::App& command, const std::string& name) {
  const std::vector<std::string> names = options_of(command);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The command that was chosen, or the program itself.
const CLI::App& chosen_command(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) return *command;
  return app;
}

// For an option of one letter those that begin with it; nothing for others.
std::string initial_hint(const CLI::App& command, const std::string& option) {
  std::vector<std::string> names;
  for (const std::string& name : options_of(command)) {
    if (option.size() == 2 && name[2] == option[1]) names.push_back(name);
  }
  return names.empty() ? "" : fmt::format("; did you mean {}?", fmt::join(names, " or "));
}

// "; did you mean …?", or the command that knows the option, or nothing.
std::string option_hint(const CLI::App& app, const CLI::App& command, const std::string& option) {
  if (const std::string hint = initial_hint(command, option); !hint.empty()) return hint;
  const std::string word = option.substr(std::min(option.find_first_not_of('-'), option.size()));
  std::vector<std::string> words;
  for (const std::string& name : options_of(command)) words.push_back(name.substr(2));
  const std::vector<std::string> near = catalog::nearest_names(word, words, 1);
  if (!near.empty()) return fmt::format("; did you mean --{}?", near[0]);
  for (const CLI::App* other : commands_of(app)) {
    if (has_option(*other, option)) return fmt::format("; sotto {} has it", other->get_name());
  }
  return command.get_name() == "run" ? "; put -- before a prompt that begins with a dash" : "";
}

std::string unknown_option(const CLI::App& app, const CLI::App& command, const std::string& argument) {
  const std::string option = argument.substr(0, argument.find('='));
  return fmt::format("unknown option {}{}", option, option_hint(app, command, option));
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) names.push_back(command->get_name());
  const std::vector<std::string> near = catalog::nearest_names(word, names, 1);
  const std::string hint = near.empty() ? "; to" : fmt::format("; did you mean sotto {}? To", near[0]);
  return fmt::format("no command is called {0}{1} run a model: sotto run {0}", word, hint);
}

// What the parser did not know what to do with; empty when that is not what went wrong.
std::string describe_leftover(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  if (left.empty()) return "";
  const auto option = std::find_if(left.begin(), left.end(), [](const std::string& s) { return s.starts_with('-'); });
  if (option != left.end()) return unknown_option(app, command, *option);
  if (&command == &app) return unknown_command(app, left[0]);
  return fmt::format("unexpected argument {}", left[0]);
}

// Of a flag that may stand alone: whether the word is a value of it.
bool is_value_of(std::string_view flag, const std::string& word) {
  if (flag == "--eco") return !word.empty() && word.find_first_not_of("0123456789.") == std::string::npos;
  const Parameter* parameter = flag.starts_with("--") ? find_parameter(flag.substr(2)) : nullptr;
  Settings ignored;
  return parameter != nullptr && *parameter->bare != '\0' && parameter->set(ignored, word).has_value();
}

// "--think off" and "--eco 20" as "--think=off" and "--eco=20": the word would else be taken for the model or the
// prompt.
void join_values(std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i + 1 < arguments.size() && arguments[i] != "--"; ++i) {
    if (!is_value_of(arguments[i], arguments[i + 1])) continue;
    arguments[i] += "=" + arguments[i + 1];
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

}  // namespace

std::vector<std::string> as_meant(const CLI::App& app, std::vector<std::string> arguments) {
  if (arguments.empty()) return arguments;
  if (arguments[0] == "ls") arguments[0] = "list";
  if (arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
  }
  for (std::string& argument : arguments) {
    if (arguments[0] == "bench" && argument == "-pg") argument = "--pg";  // as llama-bench has it
  }
  const std::vector<const CLI::App*> commands = commands_of(app);
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    std::string name = argument.substr(0, argument.find('='));
    const std::size_t length = name.size();
    if (!name.starts_with("--") || name.find('_') == std::string::npos) continue;
    std::replace(name.begin(), name.end(), '_', '-');
    const bool known =
        std::any_of(commands.begin(), commands.end(), [&](const CLI::App* c) { return has_option(*c, name); });
    if (known) argument.replace(0, length, name);
  }
  join_values(arguments);
  return arguments;
}

std::string describe_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen_command(app);
  const bool named = &command != &app;
  std::string what = describe_leftover(app, command);
  if (what.empty() && dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string text = error.what();
    what = text.substr(0, text.find(':')) + " needs a value";
  }
  if (what.empty()) what = error.what();
  return fmt::format("{}{}{} see sotto{} --help", named ? command.get_name() + ": " : "", what,
                     what.ends_with('?') ? "" : ";", named ? " " + command.get_name() : "");
}

}  // namespace sotto::cli
