// llama.cpp's /completion and /infill: a text continued, and a gap in one filled.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::llamacpp {

Outcome completion(Service& service, Call& call);
Outcome infill(Service& service, Call& call);

}  // namespace sotto::api::llamacpp
