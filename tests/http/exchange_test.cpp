#include "http/exchange.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace sotto::http {
namespace {

// What a loop would have written by now.
struct Taken {
  std::string bytes;
  bool ended = false, keep = false;
  void from(Exchange& exchange) {
    auto output = exchange.take();
    bytes += output.bytes;
    ended = output.ended;
    keep = output.keep;
  }
  std::string body() const { return bytes.substr(bytes.find("\r\n\r\n") + 4); }
};

TEST(Exchange, SendsOnce) {
  int wakes = 0;
  Exchange exchange({}, [&] { ++wakes; });
  exchange.header("X-A", "b\r\nX-Evil: c");
  exchange.header("Content-Length", "7");
  exchange.send(201, "text/plain", "hello");
  exchange.send(500, "", "again");
  exchange.header("X-Late", "d");
  exchange.end_handler();
  EXPECT_EQ(wakes, 1);
  Taken taken;
  taken.from(exchange);
  EXPECT_TRUE(taken.bytes.starts_with("HTTP/1.1 201 Created\r\n")) << taken.bytes;
  EXPECT_EQ(taken.bytes.find("\r\nX-Evil"), std::string::npos);
  EXPECT_EQ(taken.bytes.find("Content-Length: 7"), std::string::npos);
  EXPECT_NE(taken.bytes.find("Content-Length: 5"), std::string::npos);
  EXPECT_EQ(taken.body(), "hello");
  EXPECT_TRUE(taken.ended && taken.keep);
  EXPECT_EQ(exchange.status(), 201);
  EXPECT_EQ(exchange.body_bytes(), 5u);
}

TEST(Exchange, StreamsInChunks) {
  Exchange exchange({}, [] {});
  exchange.begin(200, "text/event-stream");
  EXPECT_TRUE(exchange.begun());
  EXPECT_TRUE(exchange.write("ab"));
  EXPECT_TRUE(exchange.write(""));
  EXPECT_TRUE(exchange.write("c"));
  Taken taken;
  taken.from(exchange);
  EXPECT_FALSE(taken.ended);
  exchange.finish();
  exchange.end_handler();
  taken.from(exchange);
  EXPECT_EQ(taken.body(), "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
  EXPECT_TRUE(taken.ended && taken.keep);
  EXPECT_FALSE(exchange.write("late"));
}

TEST(Exchange, Http10HasNoChunks) {
  Exchange exchange({.http_1_0 = true}, [] {});
  exchange.begin(200, "a");
  exchange.write("ab");
  exchange.finish();
  Taken taken;
  taken.from(exchange);
  EXPECT_EQ(taken.body(), "ab");
  EXPECT_TRUE(taken.ended);
  EXPECT_FALSE(taken.keep);
}

TEST(Exchange, HeadHasNoBody) {
  Exchange exchange({.head_only = true}, [] {});
  exchange.send(200, "a", "hello");
  Taken taken;
  taken.from(exchange);
  EXPECT_NE(taken.bytes.find("Content-Length: 5"), std::string::npos);
  EXPECT_EQ(taken.body(), "");
  Exchange stream({.head_only = true}, [] {});
  stream.begin(200, "a");
  EXPECT_FALSE(stream.write("b"));
  stream.finish();
  Taken head;
  head.from(stream);
  EXPECT_EQ(head.body(), "");
}

TEST(Exchange, AnAnswerWithoutItsEndEndsTheConnection) {
  Exchange exchange({}, [] {});
  exchange.begin(200, "a");
  exchange.write("b");
  exchange.end_handler();
  Taken taken;
  taken.from(exchange);
  EXPECT_TRUE(taken.ended);
  EXPECT_FALSE(taken.keep);
  EXPECT_EQ(taken.body(), "1\r\nb\r\n") << "no last chunk";
}

TEST(Exchange, AWriterWaitsForASlowClient) {
  Exchange exchange({}, [] {});
  exchange.begin(200, "a");
  std::atomic<int> written = 0;
  const std::string part(48 << 10, 'x');
  std::thread writer([&] {
    while (written < 10 && exchange.write(part)) ++written;
    exchange.finish();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(written, 2) << "more than 64 KiB wait";
  Taken taken;
  while (!taken.ended) taken.from(exchange);
  writer.join();
  EXPECT_EQ(written, 10);
  EXPECT_GT(taken.bytes.size(), 10 * part.size());
}

TEST(Exchange, AClientThatGoesWakesAWriter) {
  for (const bool cut : {false, true}) {
    Exchange exchange({}, [] {});
    exchange.begin(200, "a");
    bool last = true;
    std::thread writer([&] {
      while ((last = exchange.write(std::string(48 << 10, 'x')))) {}
    });
    cut ? exchange.cut() : exchange.leave();
    writer.join();
    EXPECT_FALSE(last);
    EXPECT_TRUE(exchange.gone());
  }
}

TEST(Exchange, AnUploadIsReadAsItComes) {
  int wakes = 0;
  Exchange exchange({.has_upload = true}, [&] { ++wakes; });
  EXPECT_TRUE(exchange.wants_bytes());
  EXPECT_TRUE(exchange.give("abc"));
  std::array<char, 2> buffer;
  EXPECT_EQ(*exchange.read(buffer), 2u);
  EXPECT_EQ(std::string(buffer.data(), 2), "ab");
  EXPECT_EQ(*exchange.read(buffer), 1u);
  EXPECT_EQ(wakes, 0);
  EXPECT_FALSE(exchange.give(std::string(300 << 10, 'x'))) << "enough for now";
  EXPECT_FALSE(exchange.wants_bytes());
  std::vector<char> large(400 << 10);
  EXPECT_EQ(*exchange.read(large), 300u << 10);
  EXPECT_EQ(wakes, 1) << "there is room again";
  EXPECT_TRUE(exchange.wants_bytes());
  exchange.end_upload();
  EXPECT_EQ(*exchange.read(buffer), 0u);
  EXPECT_EQ(*exchange.read(buffer), 0u);
  exchange.send(200, "a", "b");
  Taken taken;
  taken.from(exchange);
  EXPECT_TRUE(taken.keep);
}

TEST(Exchange, AnUploadThatFails) {
  Exchange exchange({.has_upload = true}, [] {});
  std::array<char, 2> buffer;
  std::thread later([&] { exchange.fail_upload({ErrorCode::kBudget, "too much"}); });
  const auto got = exchange.read(buffer);
  later.join();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kBudget);
  exchange.send(413, "a", "b");
  Taken taken;
  taken.from(exchange);
  EXPECT_FALSE(taken.keep) << "the rest of the body would be taken for a request";
}

TEST(Exchange, ClosesAfterwardsOnDemand) {
  Exchange exchange({}, [] {});
  exchange.close_after();
  exchange.send(200, "a", "b");
  Taken taken;
  taken.from(exchange);
  EXPECT_NE(taken.bytes.find("Connection: close"), std::string::npos);
  EXPECT_FALSE(taken.keep);
}

}  // namespace
}  // namespace sotto::http
