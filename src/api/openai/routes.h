// The paths of OpenAI's API.
#pragma once

#include "api/route_table.h"

namespace sotto::api::openai {

void add_routes(http::Router& router, Service& service);

}  // namespace sotto::api::openai
