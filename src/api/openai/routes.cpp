#include "api/openai/routes.h"

#include "api/openai/completions.h"
#include "api/openai/models.h"
#include "api/openai/shapes.h"

namespace sotto::api::openai {
namespace {

using enum http::Scope;

constexpr RouteRow kRows[] = {
    {"GET", "/v1/models", kChat, list_models},
    {"GET", "/v1/models/:id", kChat, show_model},
    {"POST", "/v1/chat/completions", kChat, chat_completions},
    {"POST", "/v1/completions", kChat, completions},
    {"POST", "/v1/embeddings", kChat, embeddings},
};

}  // namespace

void add_routes(http::Router& router, Service& service) {
  add_rows(router, service, shape(), kRows);
  router.set_errors("/v1/", as_error_body(shape()));
}

}  // namespace sotto::api::openai
