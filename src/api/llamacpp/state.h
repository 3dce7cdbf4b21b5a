// llama.cpp's /health, /props, /slots and /metrics: what the server is and does.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::llamacpp {

Outcome health(Service& service, Call& call);
Outcome props(Service& service, Call& call);
Outcome slots(Service& service, Call& call);
Outcome metrics(Service& service, Call& call);

}  // namespace sotto::api::llamacpp
