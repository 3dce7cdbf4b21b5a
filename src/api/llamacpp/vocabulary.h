// llama.cpp's /tokenize, /detokenize and /apply-template: what a model would read, and what its tokens stand for.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::llamacpp {

Outcome tokenize(Service& service, Call& call);
Outcome detokenize(Service& service, Call& call);
Outcome apply_template(Service& service, Call& call);

}  // namespace sotto::api::llamacpp
