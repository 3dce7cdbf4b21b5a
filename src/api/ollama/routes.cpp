#include "api/ollama/routes.h"

#include "api/ollama/blobs.h"
#include "api/ollama/create.h"
#include "api/ollama/embed.h"
#include "api/ollama/generate.h"
#include "api/ollama/library.h"
#include "api/ollama/manage.h"
#include "api/ollama/shapes.h"

namespace sotto::api::ollama {
namespace {

using enum http::Scope;

constexpr std::size_t kMostBlobBytes = std::size_t{64} << 30;

Outcome root(Service&, Call& call) {
  call.send_text("Ollama is running");
  return std::nullopt;
}

Outcome version(Service&, Call& call) {
  call.send({{"version", kInterfaceVersion}, {"sotto", SOTTO_VERSION}});
  return std::nullopt;
}

constexpr RouteRow kRows[] = {
    {"GET", "/", kOpen, root, {.quick = true}},
    {"GET", "/api/version", kOpen, version, {.quick = true}},
    {"GET", "/api/tags", kChat, tags},
    {"GET", "/api/ps", kChat, ps},
    {"POST", "/api/show", kChat, show},
    {"POST", "/api/generate", kChat, generate},
    {"POST", "/api/chat", kChat, chat},
    {"POST", "/api/embed", kChat, embed},
    {"POST", "/api/embeddings", kChat, embeddings},
    {"POST", "/api/pull", kAdmin, pull},
    {"POST", "/api/create", kAdmin, create},
    {"POST", "/api/copy", kAdmin, copy},
    {"DELETE", "/api/delete", kAdmin, remove},
    {"GET", "/api/blobs/:digest", kAdmin, has_blob},
    {"POST", "/api/blobs/:digest", kAdmin, take_blob, {.max_body_bytes = kMostBlobBytes, .stream_body = true}},
};

}  // namespace

void add_routes(http::Router& router, Service& service) {
  add_rows(router, service, shape(), kRows);
  router.set_errors("/", as_error_body(shape()));
}

}  // namespace sotto::api::ollama
