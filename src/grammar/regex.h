// Reads the patterns of JSON Schema: ECMAScript's regular expressions, as far as they are regular.
#pragma once

#include <string_view>

#include "grammar/expression.h"
#include "grammar/limits.h"
#include "sotto/result.h"

namespace sotto::grammar {

// What whole texts match. A pattern without ^ or $ matches texts that hold what it says, so that any text surrounds it.
// \d and \w are of ASCII, \s of Unicode, and . is all but ends of lines, as ECMA-262 has it.
// Errors name the place: kBadRequest (no pattern), kUnsupported (look-around, references back, \b, \p, an anchor that
// is not at an end), kBudget (nesting, repetitions).
Result<Expression> read_regex(std::string_view pattern, const Limits& limits);

}  // namespace sotto::grammar
