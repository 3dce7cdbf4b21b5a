// The paths of llama.cpp's API.
#pragma once

#include "api/route_table.h"

namespace sotto::api::llamacpp {

void add_routes(http::Router& router, Service& service);

}  // namespace sotto::api::llamacpp
