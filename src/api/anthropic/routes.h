// The paths of Anthropic's API.
#pragma once

#include "api/route_table.h"

namespace sotto::api::anthropic {

void add_routes(http::Router& router, Service& service);

}  // namespace sotto::api::anthropic
