#include "api/openai/routes.h"

#include "api/openai/completions.h"
#include "api/openai/models.h"
#include "api/openai/responses.h"
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

using HandleResponse = Outcome (Responses::*)(Call& call);

struct ResponseRow {
  const char* method;
  const char* pattern;
  HandleResponse handle;
};

constexpr ResponseRow kResponseRows[] = {
    {"POST", "/v1/responses", &Responses::create},
    {"GET", "/v1/responses/:id", &Responses::show},
    {"DELETE", "/v1/responses/:id", &Responses::remove},
    {"GET", "/v1/responses/:id/input_items", &Responses::input_items},
};

// What is stored lives as long as the router.
void add_responses(http::Router& router, Service& service) {
  const auto responses = std::make_shared<Responses>(service);
  for (const ResponseRow& row : kResponseRows) {
    const auto handler = [responses, handle = row.handle](Call& call) { return (responses.get()->*handle)(call); };
    const auto note = [&service](std::string_view line) { service.note(line); };
    router.add(row.method, row.pattern, kChat, as_route(shape(), handler, note));
  }
}

}  // namespace

void add_routes(http::Router& router, Service& service) {
  add_rows(router, service, shape(), kRows);
  add_responses(router, service);
  router.set_errors("/v1/", as_error_body(shape()));
}

}  // namespace sotto::api::openai
