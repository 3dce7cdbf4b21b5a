// How a command ends: exit codes, and the one line on standard error that says what failed.
// Knows nothing of commands.
#pragma once

#include <string_view>

#include "sotto/result.h"

namespace sotto::cli {

class Output;

// Documented in docs/cli.md and sotto(1); scripts rely on them.
enum class Exit {
  kOk = 0,
  kFailure = 1,        // anything without a code of its own
  kUsage = 2,          // the command line is wrong
  kNotFound = 3,       // no such model or file
  kDoesNotFit = 4,     // context, memory or disk is too small
  kBadFile = 5,        // a file is damaged or of a kind this build cannot read
  kInterrupted = 130,  // Ctrl-C
  kBrokenPipe = 141,   // whoever reads our output has gone; nothing is printed
};

// Which exit code an error of the library becomes.
Exit exit_for(ErrorCode code);

// Prints "sotto: <message>" as one line on standard error and gives the exit code for it.
Exit fail(const Error& error);
Exit fail(Exit code, std::string_view message);

// What became of text written to standard output: kOk, kBrokenPipe (nothing is printed), or a failure that says why.
Exit written(const Output& out);

// A line on standard error that is no failure: a cut answer, an ignored option.
void notice(std::string_view message);

// The way an error line or a notice is printed: one line, control characters made harmless.
std::string one_line(std::string_view message);

}  // namespace sotto::cli
