#include "api/routes.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api {
namespace {

using http::Scope;

struct Expected {
  const char *method, *path;
  Scope scope;
};

TEST(Routes, EachHasItsScope) {
  const Expected expected[] = {
      {"GET", "/", Scope::kOpen},
      {"GET", "/api/version", Scope::kOpen},
      {"GET", "/health", Scope::kOpen},
      {"GET", "/api/tags", Scope::kChat},
      {"GET", "/api/ps", Scope::kChat},
      {"POST", "/api/show", Scope::kChat},
      {"POST", "/api/generate", Scope::kChat},
      {"POST", "/api/chat", Scope::kChat},
      {"POST", "/api/embed", Scope::kChat},
      {"POST", "/api/embeddings", Scope::kChat},
      {"POST", "/api/pull", Scope::kAdmin},
      {"POST", "/api/create", Scope::kAdmin},
      {"POST", "/api/copy", Scope::kAdmin},
      {"DELETE", "/api/delete", Scope::kAdmin},
      {"HEAD", "/api/blobs/sha256:x", Scope::kAdmin},
      {"POST", "/api/blobs/sha256:x", Scope::kAdmin},
      {"GET", "/v1/models", Scope::kChat},
      {"GET", "/v1/models/a:b", Scope::kChat},
      {"POST", "/v1/chat/completions", Scope::kChat},
      {"POST", "/v1/completions", Scope::kChat},
      {"POST", "/v1/embeddings", Scope::kChat},
      {"POST", "/v1/messages", Scope::kChat},
      {"POST", "/v1/messages/count_tokens", Scope::kChat},
      {"POST", "/completion", Scope::kChat},
      {"POST", "/tokenize", Scope::kChat},
      {"POST", "/detokenize", Scope::kChat},
      {"GET", "/props", Scope::kChat},
      {"GET", "/slots", Scope::kChat},
      {"GET", "/metrics", Scope::kChat},
      {"POST", "/infill", Scope::kChat},
      {"POST", "/apply-template", Scope::kChat},
      {"POST", "/rerank", Scope::kChat},
      {"POST", "/v1/rerank", Scope::kChat},
      {"GET", "/v1/health", Scope::kOpen},
      {"GET", "/openapi.json", Scope::kOpen},
      {"GET", "/v1/chat/socket", Scope::kChat},
  };
  FakeService fake;
  http::Router router;
  add_routes(router, *fake.service);
  for (const Expected& one : expected) {
    const http::Match match = router.find(one.method, one.path);
    ASSERT_NE(match.route, nullptr) << one.method << " " << one.path;
    EXPECT_EQ(match.route->scope, one.scope) << one.path;
  }
}

TEST(Routes, ErrorsHaveTheShapeOfTheirApi) {
  FakeService fake;
  http::Router router;
  add_routes(router, *fake.service);
  const auto body = [&](const char* path) { return Json::parse(router.error_body(path, 404, "gone")); };
  EXPECT_EQ(body("/api/x"), Json::parse(R"({"error": "gone"})"));
  EXPECT_EQ(body("/v1/x")["error"]["message"], "gone");
  EXPECT_EQ(body("/v1/x")["error"]["type"], "invalid_request_error");
  EXPECT_EQ(body("/v1/messages")["type"], "error");
  EXPECT_EQ(body("/v1/messages")["error"]["type"], "not_found_error");
  EXPECT_EQ(body("/completion")["error"]["code"], 404);
  EXPECT_EQ(body("/v1/rerank")["error"]["code"], 404);
}

}  // namespace
}  // namespace sotto::api
