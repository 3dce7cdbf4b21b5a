// JSON on standard output, as the --json flags print it.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/report.h"

namespace sotto::cli {

using Json = nlohmann::ordered_json;

// One value and a newline; indented when standard output is a terminal. Bytes that are no UTF-8 become U+FFFD.
Exit print_json(const Json& value);

}  // namespace sotto::cli
