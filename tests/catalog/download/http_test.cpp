#include "catalog/download/http.h"

#include <atomic>
#include <chrono>

#include <gtest/gtest.h>

#include "catalog/server.h"

namespace sotto::catalog {
namespace {

using test::Server;

HttpRequest request(const std::string& options) { return {.url = Server::get().model_url(options)}; }

TEST(Http, HeadAndBody) {
  HttpRequest get = request("plain");
  std::uint64_t bytes = 0;
  int heads = 0;
  get.on_head = [&](const HttpHead& head) -> Result<void> {
    ++heads;
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(bytes, 0u);
    return {};
  };
  get.on_body = [&](std::span<const char> part) -> Result<void> {
    bytes += part.size();
    return {};
  };
  auto outcome = http_get(get);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(heads, 1);
  EXPECT_EQ(bytes, Server::get().model_bytes);
  EXPECT_EQ(outcome->lost, "");
  EXPECT_EQ(outcome->head.etag, "\"v1\"");
  EXPECT_EQ(outcome->head.content_type, "application/octet-stream");
  EXPECT_EQ(outcome->head.content_bytes, Server::get().model_bytes);
}

TEST(Http, Parts) {
  HttpRequest get = request("plain");
  get.headers = {"Range: bytes=100-"};
  auto outcome = http_get(get);
  EXPECT_EQ(outcome->head.status, 206);
  EXPECT_TRUE(outcome->head.content_range.starts_with("bytes 100-"));
}

TEST(Http, RedirectsAreFollowedToALimit) {
  auto five = http_get(request("redirect=5"));
  ASSERT_TRUE(five) << five.error().message;
  EXPECT_EQ(five->head.status, 200);
  EXPECT_EQ(five->head.url, Server::get().model_url("redirect=0"));
  auto six = http_get(request("redirect=6"));
  ASSERT_FALSE(six);
  EXPECT_NE(six.error().message.find("redirects"), std::string::npos);
}

TEST(Http, RedirectsToPlainHttpElsewhereAreRefused) {
  for (const char* target : {"http:||example.org|x", "file:|||etc|passwd", "ftp:||127.0.0.1|x"}) {
    auto outcome = http_get(request(std::string("to=") + target));
    ASSERT_FALSE(outcome) << target;
  }
}

TEST(Http, ARedirectMaySayTheChecksum) {
  std::string sha(64, 'a');
  auto outcome = http_get(request("redirect=1,linked=" + sha));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->head.linked_sha256, sha);
  EXPECT_EQ(http_get(request("etag=" + sha))->head.linked_sha256, sha);
  EXPECT_EQ(http_get(request("etag=abc"))->head.linked_sha256, "");
}

TEST(Http, BrokenConnectionsAreLostNotErrors) {
  auto cut = http_get(request("cut=1000"));
  ASSERT_TRUE(cut);
  EXPECT_NE(cut->lost, "");
  auto nobody = http_get({.url = "http://127.0.0.1:1/x"});
  ASSERT_TRUE(nobody);
  EXPECT_NE(nobody->lost, "");
  HttpRequest silent = request("stall=1000");
  silent.stall_seconds = 1;
  auto stalled = http_get(silent);
  ASSERT_TRUE(stalled);
  EXPECT_NE(stalled->lost.find("nothing came for 1 seconds"), std::string::npos) << stalled->lost;
}

// The name of the proxy, so that no resolver has to be asked on machines with a proxy.
TEST(Http, AnUnknownHostIsToldFromALostConnection) {
  ::setenv("https_proxy", "http://no-such-host.invalid:1", 1);
  auto outcome = http_get({.url = "https://no-such-host.invalid/x"});
  int retries = 0;
  Patience patience{3, std::chrono::milliseconds(1), [&](const std::string&) { ++retries; }};
  auto page = http_get_page({.url = "https://no-such-host.invalid/x"}, 100, patience);
  ::unsetenv("https_proxy");
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->unresolved);
  EXPECT_FALSE(page);
  EXPECT_EQ(retries, 0);
  EXPECT_FALSE(http_get({.url = "http://127.0.0.1:1/x"})->unresolved);
}

TEST(Http, PagesAreAskedForAgain) {
  int retries = 0;
  Patience patience{3, std::chrono::milliseconds(1), [&](const std::string&) { ++retries; }};
  EXPECT_FALSE(http_get_page(request("status=503"), 100, patience));
  EXPECT_EQ(retries, 2);
  EXPECT_FALSE(http_get_page(request("status=404"), 100, patience));
  EXPECT_EQ(retries, 2);
}

TEST(Http, CancelledWithinASecond) {
  std::atomic<bool> cancel = false;
  HttpRequest get = request("rate=100000");
  get.cancel = &cancel;
  get.on_body = [&](std::span<const char>) -> Result<void> {
    cancel = true;
    return {};
  };
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(http_get(get).error().code, ErrorCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(Http, CallbacksEndTheTransferWithTheirError) {
  HttpRequest get = request("plain");
  get.on_head = [](const HttpHead&) -> Result<void> { return Unexpected(ErrorCode::kBadFile, "not this"); };
  EXPECT_EQ(http_get(get).error().message, "not this");
  HttpRequest body = request("plain");
  body.on_body = [](std::span<const char>) -> Result<void> { return Unexpected(ErrorCode::kIo, "disk full"); };
  EXPECT_EQ(http_get(body).error().message, "disk full");
}

TEST(Http, Pages) {
  auto page = http_get_page({.url = Server::get().url("plain", "simple/tiny-model/")}, 1 << 20);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_NE(page->body.find("tiny_model-1.0"), std::string::npos);
  auto missing = http_get_page({.url = Server::get().url("plain", "simple/no-such/")}, 1 << 20);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(http_get_page({.url = Server::get().url("plain", "simple/tiny-model/")}, 100));
  EXPECT_NE(http_get_page(request("status=403"), 100).error().message.find("account"), std::string::npos);
  EXPECT_NE(http_get_page(request("status=503"), 100).error().message.find("later"), std::string::npos);
}

TEST(Http, CertificatesAreChecked) {
  auto impostor = http_get({.url = Server::get().secure_url("plain")});
  ASSERT_FALSE(impostor);
  EXPECT_NE(impostor.error().message.find("certificate"), std::string::npos) << impostor.error().message;
  for (const char* variable : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    test::Environment file("SSL_CERT_FILE", {}), bundle("CURL_CA_BUNDLE", {});
    test::Environment trusted(variable, Server::get().certificate());
    auto outcome = http_get({.url = Server::get().secure_url("plain")});
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->head.status, 200);
  }
}

TEST(Http, EncryptedNeverLeadsToPlain) {
  test::Environment trusted("CURL_CA_BUNDLE", Server::get().certificate());
  std::string plain = Server::get().model_url("plain");
  for (char& c : plain) c = c == '/' ? '|' : c;
  auto outcome = http_get({.url = Server::get().secure_url("to=" + plain)});
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("not encrypted"), std::string::npos) << outcome.error().message;
}

}  // namespace
}  // namespace sotto::catalog
