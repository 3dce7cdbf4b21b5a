// Reads grammars as llama.cpp writes them (GBNF). docs/structured-output.md describes the notation.
#pragma once

#include <string_view>

#include "grammar/grammar.h"
#include "grammar/limits.h"
#include "sotto/result.h"

namespace sotto::grammar {

struct GbnfOptions {
  std::string_view trigger = {};  // free text up to it comes first, and may be all; empty: the grammar begins at once
  Limits limits = {};
};

// `text`: hostile. The rule `root` is what is matched. Errors: kBadRequest (the notation, with line and column; a rule
// that is missing or given twice; left recursion; a grammar that nothing matches), kUnsupported (tokens by name),
// kBudget (limits).
Result<Grammar> read_gbnf(std::string_view text, const GbnfOptions& options = {});

}  // namespace sotto::grammar
