// --threads of the commands that compute without a chat.
#pragma once

namespace CLI {
class App;
}

namespace sotto::cli {

// -t, --threads: from 0 to kMostThreads; 0: one for each performance core.
void add_threads_option(CLI::App& command, int& threads);

}  // namespace sotto::cli
