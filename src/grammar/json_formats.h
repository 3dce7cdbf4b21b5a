// The formats of JSON Schema that strings are held to, as patterns.
#pragma once

#include <string_view>

namespace sotto::grammar {

// A pattern for read_regex, of whole strings; nullptr: no format that is known. Texts that match are valid; a few valid
// ones do not match (docs/structured-output.md).
const char* find_format(std::string_view name);

}  // namespace sotto::grammar
