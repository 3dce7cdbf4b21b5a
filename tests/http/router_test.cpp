#include "http/router.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

void nothing(Request&, Reply&) {}

Router sample() {
  Router router;
  router.add("GET", "/", Scope::kOpen, nothing);
  router.add("GET", "/v1/models", Scope::kChat, nothing);
  router.add("GET", "/v1/models/:id", Scope::kChat, nothing);
  router.add("DELETE", "/v1/models/:id", Scope::kAdmin, nothing);
  router.add("POST", "/v1/models/special", Scope::kAdmin, nothing);
  router.add("GET", "/v1/models/special", Scope::kOpen, nothing);
  router.add("GET", "/files/*", Scope::kChat, nothing);
  router.add("HEAD", "/files/:name", Scope::kOpen, nothing);
  return router;
}

TEST(Router, FindsByMethodAndPattern) {
  const Router router = sample();
  ASSERT_NE(router.find("GET", "/").route, nullptr);
  const Match model = router.find("GET", "/v1/models/abc");
  ASSERT_NE(model.route, nullptr);
  EXPECT_EQ(model.params.at("id"), "abc");
  EXPECT_EQ(router.find("DELETE", "/v1/models/abc").route->scope, Scope::kAdmin);
  EXPECT_EQ(router.find("GET", "/v1/models/special").route->scope, Scope::kOpen) << "the literal wins";
  EXPECT_EQ(router.find("DELETE", "/v1/models/special").route->scope, Scope::kAdmin) << "the only one with that method";
}

TEST(Router, AnEncodedSlashStaysInItsSegment) {
  const Router router = sample();
  const Match match = router.find("GET", "/v1/models/org%2Fname");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.params.at("id"), "org/name");
  EXPECT_EQ(router.find("GET", "/v1/models/org/name").route, nullptr);
  EXPECT_EQ(router.find("GET", "/v1/%6dodels").route, router.find("GET", "/v1/models").route);
}

TEST(Router, AStarTakesTheRest) {
  const Router router = sample();
  EXPECT_EQ(router.find("GET", "/files/a/b%20c/").params.at("*"), "a/b c/");
  EXPECT_EQ(router.find("GET", "/files/").params.at("*"), "");
  EXPECT_EQ(router.find("GET", "/other/files").route, nullptr);
}

TEST(Router, HeadIsGetUnlessItHasItsOwn) {
  const Router router = sample();
  EXPECT_EQ(router.find("HEAD", "/v1/models").route, router.find("GET", "/v1/models").route);
  EXPECT_EQ(router.find("HEAD", "/files/a").route->scope, Scope::kOpen);
  EXPECT_EQ(router.find("HEAD", "/files/a/b").route->scope, Scope::kChat);
}

TEST(Router, WhatIsNotThere) {
  const Router router = sample();
  for (const char* path : {"/v1", "/v1/", "/v1/models/", "//", "/v1/models/a/b", "*", "", "/v1/models/%"}) {
    const Match match = router.find("GET", path);
    EXPECT_EQ(match.route, nullptr) << path;
    EXPECT_TRUE(match.allowed.empty()) << path;
  }
  const std::vector<std::string> methods{"DELETE", "GET", "HEAD"};
  EXPECT_EQ(router.find("POST", "/v1/models/abc").allowed, methods);
  EXPECT_EQ(router.find("get", "/v1/models/abc").allowed, methods) << "methods have cases";
}

TEST(Router, ErrorsInTheFormOfTheLongestPrefix) {
  Router router;
  router.set_errors("/v1",
                    [](int status, std::string_view message) { return std::to_string(status) + std::string(message); });
  router.set_errors("/v1/messages", [](int, std::string_view) { return std::string("messages"); });
  EXPECT_EQ(router.error_body("/api/x", 404, "a \"b\"\n\xff"), "{\"error\":\"a \\\"b\\\"\\n\xEF\xBF\xBD\"}");
  EXPECT_EQ(router.error_body("/v1/models", 404, "no"), "404no");
  EXPECT_EQ(router.error_body("/v1/messages/x", 404, "no"), "messages");
}

TEST(Router, SocketsAreOpenedByGet) {
  Router router;
  router.add_socket("/socket/:name", Scope::kChat, [] { return SocketHandler([](Socket&) {}); }, {"one"},
                    {.quick = true});
  const Match match = router.find("GET", "/socket/a");
  ASSERT_NE(match.route, nullptr);
  EXPECT_TRUE(match.route->open_socket && !match.route->handler && match.route->options.quick);
  EXPECT_EQ(match.route->subprotocols, std::vector<std::string>{"one"});
  EXPECT_EQ(match.params.at("name"), "a");
  EXPECT_EQ(router.find("POST", "/socket/a").route, nullptr);
}

}  // namespace
}  // namespace sotto::http
