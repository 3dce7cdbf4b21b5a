// Anthropic's API: /v1/messages and /v1/messages/count_tokens.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::anthropic {

Shape shape();  // {"type": "error", "error": {"type", "message"}}

Outcome messages(Service& service, Call& call);
// The prompt is read, and kept for the request that follows: counting costs what reading it then saves.
Outcome count_tokens(Service& service, Call& call);

}  // namespace sotto::api::anthropic
