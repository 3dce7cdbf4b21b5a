#include "api/llamacpp/routes.h"

#include "api/llamacpp/completion.h"
#include "api/llamacpp/rerank.h"
#include "api/llamacpp/shapes.h"
#include "api/llamacpp/state.h"
#include "api/llamacpp/vocabulary.h"

namespace sotto::api::llamacpp {
namespace {

constexpr RouteRow kRows[] = {
    {"GET", "/health", http::Scope::kOpen, health, {.quick = true}},
    {"GET", "/v1/health", http::Scope::kOpen, health, {.quick = true}},
    {"GET", "/props", http::Scope::kChat, props},
    {"GET", "/slots", http::Scope::kChat, slots},
    {"GET", "/metrics", http::Scope::kChat, metrics},
    {"POST", "/completion", http::Scope::kChat, completion},
    {"POST", "/infill", http::Scope::kChat, infill},
    {"POST", "/tokenize", http::Scope::kChat, tokenize},
    {"POST", "/detokenize", http::Scope::kChat, detokenize},
    {"POST", "/apply-template", http::Scope::kChat, apply_template},
    {"POST", "/rerank", http::Scope::kChat, rerank},
    {"POST", "/reranking", http::Scope::kChat, rerank},
    {"POST", "/v1/rerank", http::Scope::kChat, rerank},
    {"POST", "/v1/reranking", http::Scope::kChat, rerank},
};

}  // namespace

void add_routes(http::Router& router, Service& service) {
  add_rows(router, service, shape(), kRows);
  for (const RouteRow& row : kRows) router.set_errors(row.pattern, as_error_body(shape()));
}

}  // namespace sotto::api::llamacpp
