#include "api/routes.h"

#include "api/anthropic/routes.h"
#include "api/llamacpp/routes.h"
#include "api/ollama/routes.h"
#include "api/openai/routes.h"
#include "api/own/routes.h"

namespace sotto::api {

void add_routes(http::Router& router, Service& service) {
  own::add_routes(router, service);
  ollama::add_routes(router, service);
  openai::add_routes(router, service);
  anthropic::add_routes(router, service);
  llamacpp::add_routes(router, service);
}

}  // namespace sotto::api
