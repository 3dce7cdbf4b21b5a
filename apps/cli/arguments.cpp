#include "cli/arguments.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/mistakes.h"
#include "cli/output.h"

namespace sotto::cli {

namespace {

constexpr const char* kFooter =
    "Without a command, sotto opens a chat with the default model.\n"
    "  sotto run smollm2 \"Why is the sky blue?\"\n"
    "  cat notes.txt | sotto run smollm2 \"Summarize:\"\n"
    "Exit codes: 0 done, 1 failure, 2 wrong command line, 3 no such model, 4 does not fit, 5 bad file, "
    "130 interrupted.";

// CLI11 takes an argument in square brackets for a list and splits it, and for a value that is empty, as in "--ctx=",
// the argument behind it. Both have to stay what they are, so each such value gets this in front, and every option
// takes it off again.
constexpr char kWhole = '\x01';

// Without the program's name, in reverse, as CLI::App::parse() wants them.
std::vector<std::string> protected_arguments(std::vector<std::string> arguments) {
  bool options = true;
  for (std::string& argument : arguments) {
    options = options && argument != "--";
    if (options && argument.starts_with("--") && argument.find('=') == argument.size() - 1) argument += kWhole;
    if (argument.starts_with('[') && argument.ends_with(']')) argument.insert(argument.begin(), kWhole);
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

void prepare_options(CLI::App& app) {
  const auto strip = [](std::string& value) {
    if (value.starts_with(kWhole)) value.erase(0, 1);
    return std::string();
  };
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    for (CLI::Option* option : command->get_options([](const CLI::Option*) { return true; })) {
      if (option->get_items_expected_max() > 0) option->transform(CLI::Validator(strip, "", ""));
      // A line that is taken up again gets its changes at its end.
      if (option->get_items_expected_max() == 1 && !option->get_positional()) option->take_last();
    }
  }
}

// The help of the deepest command that was named.
std::string help_text(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) return command->help("sotto");
  return app.help();
}

Exit print(const std::string& text) {
  Output out(STDOUT_FILENO);
  out.trusted(text);
  return written(out);
}

}  // namespace

Parsed parse_arguments(int argc, const char* const* argv, Action& action) {
  CLI::App app("Small language models on this machine, and nowhere else", "sotto");
  app.set_version_flag("--version", std::string("sotto ") + SOTTO_VERSION);
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  add_run_command(app, action);
  add_pull_command(app, action);
  add_model_commands(app, action);
  add_search_command(app, action);
  add_import_command(app, action);
  add_quantize_command(app, action);
  add_eval_command(app, action);
  add_imatrix_command(app, action);
  add_create_commands(app, action);
  add_merge_command(app, action);
  add_remove_command(app, action);
  add_bench_command(app, action);
  add_tokenize_command(app, action);
  add_embed_command(app, action);
  add_serve_commands(app, action);
  add_doctor_command(app, action);
  add_completion_command(app, action);
  prepare_options(app);
  try {
    app.parse(protected_arguments(as_meant(app, {argv + std::min(argc, 1), argv + argc})));
  } catch (const CLI::CallForHelp&) {
    return {true, print(help_text(app))};
  } catch (const CLI::CallForVersion& version) {
    return {true, print(std::string(version.what()) + "\n")};
  } catch (const CLI::ParseError& error) {
    return {true, fail(Exit::kUsage, describe_mistake(app, error))};
  }
  return {};
}

}  // namespace sotto::cli
