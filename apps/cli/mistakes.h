// What is wrong with a command line, and what was probably meant. Pure: prints nothing.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sotto::cli {

// `arguments` without the program's name: "ls" becomes list, "help run" becomes run --help, and options may be spelt
// with "_" in place of "-".
std::vector<std::string> as_meant(const CLI::App& app, std::vector<std::string> arguments);

// One line for what the parser met: which option, command or value is wrong, which is near, and where help is.
std::string describe_mistake(const CLI::App& app, const CLI::ParseError& error);

}  // namespace sotto::cli
