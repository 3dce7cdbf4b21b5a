#include "api/anthropic/routes.h"

#include "api/anthropic/messages.h"

namespace sotto::api::anthropic {
namespace {

constexpr RouteRow kRows[] = {{"POST", "/v1/messages", http::Scope::kChat, messages},
                              {"POST", "/v1/messages/count_tokens", http::Scope::kChat, count_tokens}};

}  // namespace

void add_routes(http::Router& router, Service& service) {
  add_rows(router, service, shape(), kRows);
  router.set_errors("/v1/messages", as_error_body(shape()));
}

}  // namespace sotto::api::anthropic
