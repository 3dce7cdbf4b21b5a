#include "api/own/routes.h"

#include "api/own/chat_socket.h"
#include "api/own/openapi.h"

namespace sotto::api::own {
namespace {

constexpr RouteRow kRows[] = {{"GET", "/openapi.json", http::Scope::kOpen, openapi, {.quick = true}}};

Json error_body(const Failure& failure) { return {{"error", failure.message}}; }

}  // namespace

void add_routes(http::Router& router, Service& service) {
  const Shape shape = {error_body, [](Call& call, const Failure& failure) { call.write_line(error_body(failure)); }};
  add_rows(router, service, shape, kRows);
  router.add_socket("/v1/chat/socket", http::Scope::kChat, chat_socket(service));
}

}  // namespace sotto::api::own
