// llama.cpp's API: /completion, /tokenize, /detokenize, /props and /health. Its server has one model; here a field
// "model" names one, otherwise it is the one that was loaded last, or the default model.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::llamacpp {

Shape shape();  // {"error": {"code", "message", "type"}}

Outcome completion(Service& service, Call& call);
Outcome tokenize(Service& service, Call& call);
Outcome detokenize(Service& service, Call& call);
Outcome props(Service& service, Call& call);
Outcome health(Service& service, Call& call);

}  // namespace sotto::api::llamacpp
