// JSON on standard output, as the --json flags print it.
#pragma once

#include <nlohmann/json.hpp>

namespace sotto::cli {

using Json = nlohmann::ordered_json;

// One value and a newline; indented when standard output is a terminal. Bytes that are no UTF-8 become U+FFFD.
// False when the reader has gone.
bool print_json(const Json& value);

}  // namespace sotto::cli
