// The paths that are this server's own.
#pragma once

#include "api/route_table.h"

namespace sotto::api::own {

void add_routes(http::Router& router, Service& service);

}  // namespace sotto::api::own
