#include "server/token_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "catalog/files.h"
#include "http/tokens.h"

namespace sotto::server {
namespace {

int token_failure(const Error& error) {
  fmt::print(stderr, "sotto: {}\n", error.message);
  return error.code == ErrorCode::kNotFound ? 3 : error.code == ErrorCode::kBadRequest ? 2 : 1;
}

int add(const std::string& path, const std::string& name, const std::string& scope) {
  if (auto made = catalog::make_folders(catalog::parent_folder(path)); !made) return token_failure(made.error());
  const auto secret = http::add_token(path, name, *http::token_scope(scope));
  if (!secret) return token_failure(secret.error());
  fmt::print("{}\n", *secret);
  fmt::print(stderr, "it is shown only now; a server that runs takes it when it is started again\n");
  return 0;
}

int list(const std::string& path) {
  const auto tokens = http::read_tokens(path);
  if (!tokens) return token_failure(tokens.error());
  for (const http::Token& token : *tokens) fmt::print("{}\t{}\n", token.name, http::scope_name(token.scope));
  return 0;
}

int remove(const std::string& path, const std::string& name) {
  const auto removed = http::remove_token(path, name);
  return removed ? 0 : token_failure(removed.error());
}

}  // namespace

int run_token_command(int argc, const char* const* argv, const std::string& path) {
  CLI::App app("Tokens for the server: needed beyond this machine, and to change models once there are some",
               "sotto token");
  app.require_subcommand(1);
  std::string name, scope = "chat";
  CLI::App* adding = app.add_subcommand("add", "make one, and print it");
  adding->add_option("NAME", name, "what to call it")->required();
  adding->add_option("--scope", scope, "what it allows")
      ->check(CLI::IsMember({"chat", "admin"}))
      ->capture_default_str();
  CLI::App* listing = app.add_subcommand("list", "their names and scopes");
  CLI::App* removing = app.add_subcommand("rm", "remove one");
  removing->add_option("NAME", name, "its name")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return app.exit(problem);
    fmt::print(stderr, "sotto: {}; sotto token --help\n", problem.what());
    return 2;
  }
  if (adding->parsed()) return add(path, name, scope);
  if (listing->parsed()) return list(path);
  return remove(path, name);
}

}  // namespace sotto::server
