// `sotto serve`, `sotto token` and `sotto stop`: the first two are the server's program, which need not be linked here;
// the last tells a running one to unload a model.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "cli/commands.h"
#include "cli/json_out.h"
#include "cli/local_server.h"
#include "cli/output.h"

namespace sotto::cli {

namespace {

constexpr const char* kProgram = "sotto-server";

// The folder of this very program, so that the two that were installed together run together.
std::string own_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path().string();
}

// Becomes the server's program; comes back only where that fails.
Exit become_server(std::vector<std::string> arguments) {
  const std::string beside = own_folder() + "/" + kProgram;
  std::vector<char*> argv = {const_cast<char*>(kProgram)};
  for (std::string& argument : arguments) {
    std::erase(argument, '\x01');  // what protected_arguments() puts in front of "[::1]"
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  ::execv(beside.c_str(), argv.data());
  ::execvp(kProgram, argv.data());
  return fail(Exit::kFailure, fmt::format("cannot start {}: {}; make install puts it beside this program", beside,
                                          std::strerror(errno)));
}

Exit stop(const std::string& model) {
  const Json body = {{"model", model}, {"keep_alive", 0}};
  const auto answer = ask_local_server("POST", "/api/generate", body.dump());
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(answer->status == 404 ? Exit::kNotFound : Exit::kFailure, answer->message());
  Output out(STDOUT_FILENO);
  out.untrusted(fmt::format("{} is unloaded when nobody uses it any more\n", model));
  return written(out);
}

// A command whose every flag is the server program's own, --help too. first: what is put in front of them.
void add_server_command(CLI::App& app, Action& action, const char* name, const char* what,
                        const std::vector<std::string>& first) {
  CLI::App* command = app.add_subcommand(name, what);
  command->set_help_flag();
  command->prefix_command();
  command->callback([&action, command, first] {
    std::vector<std::string> arguments = first;
    for (const std::string& argument : command->remaining()) arguments.push_back(argument);
    action = [arguments] { return become_server(arguments); };
  });
}

}  // namespace

void add_serve_commands(CLI::App& app, Action& action) {
  add_server_command(app, action, "serve", "Answer programs over HTTP, as Ollama and OpenAI do", {});
  add_server_command(app, action, "token", "Make, list or remove tokens that open the server", {"token"});

  CLI::App* stop_command = app.add_subcommand("stop", "Unload a model from the running server");
  const auto model = std::make_shared<std::string>();
  stop_command->add_option("MODEL", *model, "its name, as sotto ps shows it")->required();
  stop_command->callback([&action, model] { action = [model] { return stop(*model); }; });
}

}  // namespace sotto::cli
