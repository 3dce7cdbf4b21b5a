// /api/embed, and /api/embeddings as older clients say.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::ollama {

Outcome embed(Service& service, Call& call);
Outcome embeddings(Service& service, Call& call);

}  // namespace sotto::api::ollama
