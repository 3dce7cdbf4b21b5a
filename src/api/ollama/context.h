// Ollama's "context": a conversation as a list of whole numbers, which a client gives back to go on with it. Here the
// numbers hold the texts of the messages and not tokens, so that nothing in them can become a control token.
#pragma once

#include <vector>

#include "api/json.h"
#include "sotto/engine.h"

namespace sotto::api::ollama {

Json pack_context(const std::vector<Message>& messages);

// Errors: kBadRequest (numbers that were not made here).
Result<std::vector<Message>> unpack_context(const Json& numbers);

}  // namespace sotto::api::ollama
