// The command line as a whole: all commands, help, version, and what is wrong with it.
#pragma once

#include "cli/commands.h"

namespace sotto::cli {

struct Parsed {
  bool done = false;  // nothing is left to do: help was printed, or the command line is wrong
  Exit exit = Exit::kOk;
};

// Sets `action` to what the command line asks for; leaves it empty when it names no command.
Parsed parse_arguments(int argc, const char* const* argv, Action& action);

}  // namespace sotto::cli
