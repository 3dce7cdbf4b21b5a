// Which path is which call: the one list of all that the server answers.
#pragma once

#include "api/service.h"
#include "http/router.h"

namespace sotto::api {

// service: must outlive the router.
void add_routes(http::Router& router, Service& service);

}  // namespace sotto::api
