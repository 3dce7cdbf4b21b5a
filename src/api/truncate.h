// A text cut to what an encoder reads at once.
#pragma once

#include <string>

#include "sotto/engine.h"

namespace sotto::api {

struct FittedText {
  std::size_t n_tokens = 0;  // what is left has, with those that begin and end it
  bool cut = false;
};

// Cuts `text` behind the last whole character with which it fits engine.info().ctx_tokens, if it may; otherwise leaves
// it, and the engine will refuse it with both numbers. Errors: those of Engine::tokenize.
Result<FittedText> fit_text(const Engine& engine, std::string& text, bool may_cut);

}  // namespace sotto::api
