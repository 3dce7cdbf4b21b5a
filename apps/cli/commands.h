// The commands of the program: each adds itself to the command line and names what to do when it is chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/report.h"

namespace sotto::cli {

// Set by the command that was chosen, while the command line is parsed; called by main() afterwards.
using Action = std::function<Exit()>;

void add_run_command(CLI::App& app, Action& action);
void add_pull_command(CLI::App& app, Action& action);
void add_model_commands(CLI::App& app, Action& action);  // list, show, ps
void add_search_command(CLI::App& app, Action& action);  // models
void add_import_command(CLI::App& app, Action& action);
void add_quantize_command(CLI::App& app, Action& action);
void add_eval_command(CLI::App& app, Action& action);
void add_imatrix_command(CLI::App& app, Action& action);
void add_create_commands(CLI::App& app, Action& action);  // create, edit
void add_merge_command(CLI::App& app, Action& action);
void add_remove_command(CLI::App& app, Action& action);
void add_bench_command(CLI::App& app, Action& action);
void add_tokenize_command(CLI::App& app, Action& action);
void add_embed_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_serve_commands(CLI::App& app, Action& action);  // serve, token, stop
void add_completion_command(CLI::App& app, Action& action);

// What `sotto` without a command does: a chat with the default model, or an answer to what is piped in.
Exit run_default();

}  // namespace sotto::cli
