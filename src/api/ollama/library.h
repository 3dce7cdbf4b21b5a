// What models there are, which are loaded, and what one is: /api/tags, /api/ps, /api/show.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::ollama {

Outcome tags(Service& service, Call& call);
Outcome ps(Service& service, Call& call);
Outcome show(Service& service, Call& call);

}  // namespace sotto::api::ollama
