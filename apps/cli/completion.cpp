// `sotto completion SHELL`: prints what makes the shell complete commands, flags and model names.
#include <unistd.h>
#include <memory>

#include "cli/commands.h"
#include "cli/output.h"

namespace sotto::cli {

// Made from packaging/completions.
extern const char* const kBashCompletion;
extern const char* const kZshCompletion;
extern const char* const kFishCompletion;

namespace {

Exit print_completion(const std::string& shell) {
  Output out(STDOUT_FILENO);
  out.trusted(shell == "bash" ? kBashCompletion : shell == "zsh" ? kZshCompletion : kFishCompletion);
  return written(out);
}

}  // namespace

void add_completion_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("completion", "Print the completion for a shell");
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "bash: source <(sotto completion bash)\nzsh:  sotto completion zsh > \"${fpath[1]}/_sotto\"\n"
      "fish: sotto completion fish | source");
  command->callback([&action, shell] { action = [shell] { return print_completion(*shell); }; });
}

}  // namespace sotto::cli
