// What is piped into a command.
#pragma once

#include <optional>
#include <string>

#include "sotto/result.h"

namespace sotto::cli {

bool standard_input_is_piped();  // it is no terminal

// All of standard input. Errors: kIo; kBadRequest when it is longer than `max_bytes`.
Result<std::string> read_standard_input(std::size_t max_bytes);

// A prompt and a piped text as one: "<prompt>\n\n<text>", or the one that is there. The newline that ends a text
// is not part of it.
std::string join_prompt(const std::string& prompt, std::string text);

}  // namespace sotto::cli
