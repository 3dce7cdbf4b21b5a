// The chat in the terminal: reads a line, asks the model or runs a command, again and again.
#pragma once

#include <string>

#include "cli/chat.h"
#include "cli/report.h"

namespace sotto::cli {

struct ReplOptions {
  bool verbose = false;
  bool keep_history = true;
  std::string session;  // the file that keeps the chat when it ends; empty: none
};

// Standard input and output must be a terminal.
Exit run_repl(Chat chat, const ReplOptions& options);

}  // namespace sotto::cli
