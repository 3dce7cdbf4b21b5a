// The paths of Ollama's API.
#pragma once

#include "api/route_table.h"

namespace sotto::api::ollama {

void add_routes(http::Router& router, Service& service);

}  // namespace sotto::api::ollama
