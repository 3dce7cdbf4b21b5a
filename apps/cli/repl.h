// The chat in the terminal: reads a line, asks the model or runs a command, again and again.
#pragma once

#include "cli/open_model.h"
#include "cli/report.h"

namespace sotto::cli {

struct ReplOptions {
  bool verbose = false;
  bool keep_history = true;
};

// Standard input and output must be a terminal.
Exit run_repl(OpenModel model, const Settings& settings, const ReplOptions& options);

}  // namespace sotto::cli
