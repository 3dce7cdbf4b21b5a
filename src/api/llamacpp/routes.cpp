#include "api/llamacpp/routes.h"

#include "api/llamacpp/completion.h"

namespace sotto::api::llamacpp {
namespace {

constexpr RouteRow kRows[] = {
    {"GET", "/health", http::Scope::kOpen, health, {.quick = true}},
    {"GET", "/props", http::Scope::kChat, props},
    {"POST", "/completion", http::Scope::kChat, completion},
    {"POST", "/tokenize", http::Scope::kChat, tokenize},
    {"POST", "/detokenize", http::Scope::kChat, detokenize},
};

}  // namespace

void add_routes(http::Router& router, Service& service) {
  add_rows(router, service, shape(), kRows);
  for (const RouteRow& row : kRows) router.set_errors(row.pattern, as_error_body(shape()));
}

}  // namespace sotto::api::llamacpp
