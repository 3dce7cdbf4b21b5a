// /v1/chat/completions and /v1/completions.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::openai {

Outcome chat_completions(Service& service, Call& call);
Outcome completions(Service& service, Call& call);

}  // namespace sotto::api::openai
