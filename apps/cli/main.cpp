// The command line: parse, hand over to one command, turn its result into an exit code.
#include <exception>

#include "cli/arguments.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

int main(int argc, char** argv) {
  using namespace sotto::cli;
  try {
    use_utf8();
    ignore_broken_pipes();
    Action action;
    if (const Parsed parsed = parse_arguments(argc, argv, action); parsed.done) return static_cast<int>(parsed.exit);
    return static_cast<int>(action ? action() : run_default());
  } catch (const std::exception& problem) {
    return static_cast<int>(fail(Exit::kFailure, problem.what()));
  }
}
