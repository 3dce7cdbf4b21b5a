// Runs a program of this machine and reads what it prints, without a shell.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sotto/result.h"

namespace sotto::catalog {

// Standard output of `arguments` (the first is looked up in PATH), run with `variables`
// ("NAME=value") added to the environment, no input, and errors thrown away. Errors: kNotFound (no
// such program), kIo (failed, timed out, more than 1 MiB). The program is ended when the time is
// up.
Result<std::string> read_command(const std::vector<std::string>& arguments, const std::vector<std::string>& variables,
                                 std::chrono::milliseconds limit);

}  // namespace sotto::catalog
