// The command line: parse, hand over to one command, turn its result into an exit code.
#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  CLI::App app("A private AI runtime that lives on the device", "sotto");
  app.set_version_flag("--version", std::string("sotto ") + SOTTO_VERSION);
  CLI11_PARSE(app, argc, argv);
  return 0;
}
