// /api/generate and /api/chat: a text for a prompt, an answer to messages.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::ollama {

Outcome generate(Service& service, Call& call);
Outcome chat(Service& service, Call& call);

}  // namespace sotto::api::ollama
