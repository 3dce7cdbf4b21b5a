// /v1/models, /v1/models/:id and /v1/embeddings.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::openai {

Outcome list_models(Service& service, Call& call);
Outcome show_model(Service& service, Call& call);
Outcome embeddings(Service& service, Call& call);

}  // namespace sotto::api::openai
