#include "cli/threads_option.h"

#include <CLI/CLI.hpp>

#include "sotto/engine.h"

namespace sotto::cli {

void add_threads_option(CLI::App& command, int& threads) {
  command.add_option("-t,--threads", threads, "processor threads; 0: one for each performance core")
      ->check(CLI::Range(0, kMostThreads))
      ->capture_default_str();
}

}  // namespace sotto::cli
