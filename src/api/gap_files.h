// Which files beside a gap fit the context.
#pragma once

#include <cstddef>

#include "sotto/engine.h"

namespace sotto::api {

// Takes out the first files of request.gap, which stand farthest from it, until prompt and answer fit `ctx_tokens`,
// with room for request.max_tokens but at most a quarter of the context. What stands around the gap stays: the engine
// refuses it where it alone is too long. Gives how many were taken out. Errors: those of Engine::tokenize().
Result<std::size_t> drop_files_that_do_not_fit(const Engine& engine, int ctx_tokens, Request& request);

}  // namespace sotto::api
