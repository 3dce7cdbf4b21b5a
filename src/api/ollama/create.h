// /api/create: an assistant of a model that is here, or a model of files that were brought as blobs, or a model with
// smaller weights.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::ollama {

Outcome create(Service& service, Call& call);

}  // namespace sotto::api::ollama
