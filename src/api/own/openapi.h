// /openapi.json: what all routes take and answer, as OpenAPI 3.1 has it. Each API describes its own in the file
// openapi.json of its folder: "paths", "components", and as "error" the schema of its errors; an operation that tells
// them as another API does names it as "x-errors".
#pragma once

#include <span>

#include "api/call.h"
#include "api/json.h"
#include "api/service.h"

namespace sotto::api::own {

struct OpenapiPart {
  const char* name;  // "base", or an API's
  const char* text;
};

// The files, "base" first.
std::span<const OpenapiPart> openapi_parts();

// All of them in one. Every operation has the tag of its API, and beside its own answers those errors that may come on
// any route, in the shape of its API.
Json openapi_document();

Outcome openapi(Service& service, Call& call);

}  // namespace sotto::api::own
