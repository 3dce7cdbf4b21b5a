// Changes of the models folder that are quickly done, or a download: /api/pull, /api/copy, /api/delete.
#pragma once

#include "api/call.h"
#include "api/service.h"

namespace sotto::api::ollama {

Outcome pull(Service& service, Call& call);
Outcome copy(Service& service, Call& call);
Outcome remove(Service& service, Call& call);

}  // namespace sotto::api::ollama
