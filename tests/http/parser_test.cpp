#include "http/parser.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

struct Outcome {
  int status = 0;  // of the refusal
  bool done = false;
  std::string method, target, body, rest;
  std::size_t fields = 0;
};

// Feeds `bytes` in steps of `step` bytes.
Outcome read(std::string_view bytes, std::size_t step, std::uint64_t max_body = 1 << 20) {
  Parser parser(2048, 20);
  Outcome outcome;
  bool limited = false;
  std::size_t at = 0;
  while (at < bytes.size() && !parser.is_done()) {
    const std::string_view part = bytes.substr(at, step);
    at += part.size();
    auto refusal = parser.feed(part);
    if (!refusal && parser.has_head() && !std::exchange(limited, true)) {
      parser.limit_body(max_body);
      refusal = parser.feed({});
    }
    if (refusal) {
      outcome.status = refusal->status;
      return outcome;
    }
  }
  outcome.done = parser.is_done();
  if (!outcome.done) return outcome;
  outcome.method = parser.head().method;
  outcome.target = parser.head().target;
  outcome.fields = parser.head().headers.all().size();
  outcome.body = parser.body();
  outcome.rest = parser.take_rest() + std::string(bytes.substr(at));
  return outcome;
}

const std::string kChunkedHead = "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(Parser, TheSameInAnySteps) {
  const std::string with_length = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET";
  const std::string chunked = kChunkedHead + "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\nGET";
  for (std::size_t step = 1; step < 120; ++step) {
    const Outcome first = read(with_length, step);
    ASSERT_TRUE(first.done) << step << " " << first.status;
    EXPECT_EQ(first.target, "/a?b");
    EXPECT_EQ(first.body, "hello");
    EXPECT_EQ(first.rest, "GET");
    const Outcome second = read(chunked, step);
    ASSERT_TRUE(second.done) << step << " " << second.status;
    EXPECT_EQ(second.method, "POST");
    EXPECT_EQ(second.body, "abc0123456789");
    EXPECT_EQ(second.rest, "GET");
  }
}

TEST(Parser, AnEmptyChunkedBodyInAnySteps) {
  for (std::size_t step = 1; step < 10; ++step) {
    const Outcome outcome = read(kChunkedHead + "0\r\n\r\n", step);
    EXPECT_TRUE(outcome.done) << step << " " << outcome.status;
    EXPECT_EQ(outcome.body, "");
  }
}

TEST(Parser, EmptyLinesBeforeARequest) {
  for (const std::size_t step : {1, 2, 3, 100}) EXPECT_TRUE(read("\r\n\r\nGET / HTTP/1.1\r\n\r\n", step).done) << step;
}

TEST(Parser, FieldsBehindTheBodyAreNotThoseOfTheHead) {
  const Outcome outcome = read(kChunkedHead + "1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n", 7);
  ASSERT_TRUE(outcome.done);
  EXPECT_EQ(outcome.fields, 2u);
}

TEST(Parser, BadChunks) {
  for (const char* bad :
       {"x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", "\r\n", "1\na\r\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n",
        "1 1\r\na\r\n", " 1\r\na\r\n", "ffffffffffffffff1\r\na", "1\r\na0\r\n\r\n", "1;\"\r\na\r\n"}) {
    const std::string request = kChunkedHead + bad + "0\r\n\r\n";  // some are seen with what follows
    const int status = read(request, 1000).status;
    EXPECT_TRUE(status == 400 || status == 413) << bad << " " << status;
    EXPECT_EQ(read(request, 1).status, status) << bad;
  }
}

TEST(Parser, BodiesOverTheLimit) {
  EXPECT_EQ(read(kChunkedHead + "5\r\nhello\r\n0\r\n\r\n", 1000, 5).body, "hello");
  EXPECT_EQ(read(kChunkedHead + "6\r\n", 1000, 5).status, 413) << "before the chunk has come";
  EXPECT_EQ(read(kChunkedHead + "3\r\nabc\r\n3\r\n", 1000, 5).status, 413);
  EXPECT_EQ(read(kChunkedHead + "ffffffffffffffff\r\n", 1000, 5).status, 413);
}

TEST(Parser, HeadsOverTheLimit) {
  EXPECT_EQ(read("GET / HTTP/1.1\r\nA: " + std::string(3000, 'x'), 100).status, 431);
  EXPECT_EQ(read("GET /" + std::string(3000, 'x') + " HTTP/1.1\r\n\r\n", 5000).status, 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 21; ++i) many += "A: b\r\n";
  EXPECT_EQ(read(many + "\r\n", 5000).status, 431);
}

TEST(Parser, NonsenseIsRefusedAtOnce) {
  EXPECT_EQ(read("\x16\x03\x01", 1).status, 400);
  EXPECT_EQ(read("GET / HTTP/1.1\n", 1).status, 400);
  EXPECT_EQ(read(std::string("GET /\0", 6), 1).status, 400);
  EXPECT_EQ(read("GET / HTTP/1.1\rX", 1).status, 400);
}

TEST(Parser, LinesOfChunksWithoutEnd) {
  EXPECT_EQ(read(kChunkedHead + "1;" + std::string(10000, 'a'), 100).status, 400);
  EXPECT_NE(read(kChunkedHead + "0\r\n" + std::string(10000, 'a'), 100).status, 0);
  std::string trailers = kChunkedHead + "0\r\n";
  for (int i = 0; i < 10000; ++i) trailers += "A: b\r\n";
  EXPECT_NE(read(trailers, 100).status, 0);
}

}  // namespace
}  // namespace sotto::http
