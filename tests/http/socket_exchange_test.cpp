#include "http/socket_exchange.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "http/socket_frames.h"

namespace sotto::http::test {
namespace {

using std::chrono::milliseconds;

struct Bench {
  BodyBudget bodies{100'000};
  std::atomic<int> wakes = 0;
  SocketExchange socket;

  explicit Bench(std::size_t most = 10'000)
      : socket({Request{}, [](Socket&) {}, {{"Upgrade", "websocket"}}, most, bodies}, [this] { ++wakes; }) {
    EXPECT_TRUE(socket.take().bytes.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  }
  std::string taken() { return socket.take().bytes; }
};

TEST(SocketExchange, TheFirstOutputIsTheAnswer) {
  BodyBudget bodies{1};
  SocketExchange socket({Request{}, [](Socket&) {}, {{"Upgrade", "websocket"}, {"X-A", "b"}}, 1, bodies}, [] {});
  const std::string head = socket.take().bytes;
  EXPECT_NE(head.find("\r\nConnection: Upgrade\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("\r\nX-A: b\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_EQ(socket.status(), 101);
}

TEST(SocketExchange, MessagesGoBothWays) {
  Bench bench;
  EXPECT_FALSE(bench.socket.begin_handler()) << "there is nothing to do";
  bench.socket.give(client_text("one") + client_binary("two"));
  EXPECT_TRUE(bench.socket.begin_handler());
  EXPECT_FALSE(bench.socket.begin_handler()) << "it runs";
  const auto one = bench.socket.next(), two = bench.socket.read();
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(one->is_text && !two->is_text);
  EXPECT_EQ(one->data + two->data, "onetwo");
  EXPECT_FALSE(bench.socket.next());
  EXPECT_TRUE(bench.socket.write_text("three"));
  EXPECT_TRUE(bench.socket.write_binary("four"));
  EXPECT_EQ(bench.taken(), server_frame(kText, "three") + server_frame(kBinary, "four"));
  EXPECT_EQ(bench.wakes, 1);
  bench.socket.give(client_text("five"));
  bench.socket.end_handler();
  EXPECT_TRUE(bench.socket.begin_handler()) << "a message came while it ran";
}

TEST(SocketExchange, AHandlerThatReadsNothingIsNotCalledForEver) {
  Bench bench;
  bench.socket.give(client_text("one") + client_text("two"));
  ASSERT_TRUE(bench.socket.begin_handler());
  bench.socket.end_handler();
  ASSERT_TRUE(bench.socket.begin_handler());
  EXPECT_EQ(bench.socket.next().value().data, "two");
  bench.socket.end_handler();
  EXPECT_FALSE(bench.socket.begin_handler());
}

TEST(SocketExchange, OfPingsTheLastIsAnswered) {
  Bench bench;
  bench.socket.give(client_ping("a") + client_ping("b"));
  EXPECT_EQ(bench.taken(), server_frame(kPong, "b"));
  EXPECT_EQ(bench.taken(), "");
  bench.socket.ping();
  EXPECT_EQ(bench.taken(), server_frame(kPing, ""));
}

TEST(SocketExchange, TheClientCloses) {
  Bench bench;
  EXPECT_FALSE(*bench.socket.request().gone);
  bench.socket.give(client_text("waits") + client_close(3001, "bye") + client_text("late"));
  EXPECT_TRUE(*bench.socket.request().gone);
  EXPECT_FALSE(bench.socket.read());
  EXPECT_FALSE(bench.socket.write_text("x"));
  const auto output = bench.socket.take();
  EXPECT_TRUE(is_server_close(output.bytes, 3001));
  EXPECT_TRUE(output.ended);
  EXPECT_FALSE(output.keep);
  EXPECT_EQ(bench.bodies.taken_bytes, 0u);
}

TEST(SocketExchange, TheHandlerCloses) {
  Bench bench;
  bench.socket.write_text("last");
  bench.socket.close(CloseCode::kUnsupported, "why");
  bench.socket.close(CloseCode::kInternal, "again");
  EXPECT_FALSE(bench.socket.write_text("x"));
  const std::string bytes = bench.taken();
  EXPECT_TRUE(bytes.starts_with(server_frame(kText, "last")));
  EXPECT_TRUE(is_server_close(bytes.substr(6), 1003));
  EXPECT_TRUE(bytes.ends_with("why"));
}

TEST(SocketExchange, FaultsCloseIt) {
  Bench bench;
  bench.socket.give("\x81\x01x");
  EXPECT_TRUE(is_server_close(bench.taken(), 1002));
  EXPECT_TRUE(*bench.socket.request().gone);
}

TEST(SocketExchange, MessagesThatWaitHaveALimit) {
  Bench bench;
  const std::string half(5'000, 'x');
  bench.socket.give(client_binary(half) + client_binary(half));
  EXPECT_FALSE(*bench.socket.request().gone);
  bench.socket.give(client_binary("y"));
  EXPECT_TRUE(is_server_close(bench.taken(), 1008));
  Bench many;
  for (int i = 0; i < 256; ++i) many.socket.give(client_text(""));
  EXPECT_EQ(many.taken(), "");
  many.socket.give(client_text(""));
  EXPECT_TRUE(is_server_close(many.taken(), 1008));
}

TEST(SocketExchange, MessagesTakeOfTheCommonBudgetUntilTheyAreDropped) {
  Bench bench(100'000);
  {
    bench.socket.give(client_frame(kBinary, std::string(30'000, 'x')));
    EXPECT_GE(bench.bodies.taken_bytes, 30'000u);
    bench.socket.give(client_frame(0x80, std::string(30'000, 'x')));
    const auto message = bench.socket.next();
    ASSERT_TRUE(message);
    EXPECT_GE(bench.bodies.taken_bytes, 60'000u) << "the handler has it";
  }
  EXPECT_EQ(bench.bodies.taken_bytes, 0u);
  BodyRoom others(bench.bodies);
  EXPECT_TRUE(others.grow_to(90'000));
  bench.socket.give(client_frame(kBinary, std::string(11'000, 'x')));
  EXPECT_TRUE(is_server_close(bench.taken(), 1013));
  EXPECT_EQ(bench.bodies.taken_bytes, 90'000u);
}

TEST(SocketExchange, AWriterWaitsWhileTheClientIsSlow) {
  Bench bench;
  bench.socket.write_binary(std::string(100'000, 'x'));
  auto second = std::async(std::launch::async, [&] { return bench.socket.write_text("y"); });
  EXPECT_EQ(second.wait_for(milliseconds(30)), std::future_status::timeout);
  EXPECT_GT(bench.taken().size(), 100'000u);
  EXPECT_TRUE(second.get());
  bench.socket.write_binary(std::string(100'000, 'x'));
  auto third = std::async(std::launch::async, [&] { return bench.socket.write_text("z"); });
  EXPECT_EQ(third.wait_for(milliseconds(30)), std::future_status::timeout);
  bench.socket.cut();
  EXPECT_FALSE(third.get());
  EXPECT_EQ(bench.taken(), "");
}

TEST(SocketExchange, AReaderWaits) {
  Bench bench;
  auto read = std::async(std::launch::async, [&] { return bench.socket.read(); });
  EXPECT_EQ(read.wait_for(milliseconds(30)), std::future_status::timeout);
  bench.socket.give(client_text("now"));
  EXPECT_EQ(read.get().value().data, "now");
  auto nothing = std::async(std::launch::async, [&] { return bench.socket.read(); });
  bench.socket.cut();
  EXPECT_FALSE(nothing.get());
}

TEST(SocketExchange, DrainingLetsTheHandlerEnd) {
  Bench idle;
  idle.socket.close_after();
  EXPECT_TRUE(is_server_close(idle.taken(), 1001));
  Bench busy;
  busy.socket.give(client_text("first") + client_text("second"));
  ASSERT_TRUE(busy.socket.begin_handler());
  busy.socket.close_after();
  EXPECT_EQ(busy.socket.next().value().data, "first") << "what it was begun for";
  EXPECT_FALSE(busy.socket.next());
  EXPECT_FALSE(busy.socket.read()) << "and does not wait";
  EXPECT_TRUE(busy.socket.write_text("answer"));
  EXPECT_EQ(busy.taken(), server_frame(kText, "answer"));
  busy.socket.end_handler();
  EXPECT_TRUE(is_server_close(busy.taken(), 1001));
}

TEST(SocketExchange, AWatchSeesMessagesFirst) {
  Bench bench;
  bench.socket.give(client_text("take 1") + client_text("leave 1"));
  std::vector<std::string> seen;
  int ends = 0;
  bench.socket.watch([&](const SocketMessage* message) {
    if (!message) ++ends;
    else seen.push_back(message->data);
    return message && message->data.starts_with("take");
  });
  bench.socket.give(client_text("leave 2") + client_text("take 2"));
  EXPECT_EQ(seen, (std::vector<std::string>{"take 1", "leave 1", "leave 2", "take 2"}));
  EXPECT_EQ(bench.socket.next().value().data, "leave 1");
  EXPECT_EQ(bench.socket.next().value().data, "leave 2");
  EXPECT_FALSE(bench.socket.next());
  bench.socket.watch({});
  bench.socket.give(client_text("take 3"));
  EXPECT_EQ(seen.size(), 4u);
  bench.socket.watch([&](const SocketMessage* message) { return !message && ++ends > 0; });
  bench.socket.give(client_close(1000));
  EXPECT_EQ(ends, 1);
  bench.socket.watch([&](const SocketMessage* message) { return !message && ++ends > 0; });
  EXPECT_EQ(ends, 2) << "it has ended already";
}

}  // namespace
}  // namespace sotto::http::test
