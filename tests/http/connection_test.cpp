// One connection as a client sees it, over a real socket.
#include "http/connection.h"

#include <gtest/gtest.h>

#include <thread>

#include "http/client.h"

namespace sotto::http::test {
namespace {

// Routes that show what the server does, and what happened to them.
struct Sample {
  std::atomic<int> gone = 0, running = 0;
  std::atomic<bool> release = false;

  Router router() {
    Router router;
    router.add("GET", "/", Scope::kOpen, [](Request&, Reply& reply) { reply.send(200, "text/plain", "hello"); });
    router.add("POST", "/echo", Scope::kChat,
               [](Request& request, Reply& reply) { reply.send(200, "a/b", request.body); },
               {.max_body_bytes = 100'000});
    router.add("GET", "/stream", Scope::kChat, [](Request&, Reply& reply) {
      reply.begin(200, "text/plain");
      for (const char* part : {"one", "two", "three"}) reply.write(part);
      reply.finish();
    });
    router.add("GET", "/wait", Scope::kChat, [this](Request& request, Reply& reply) {
      ++running;
      while (!*request.gone && !release) std::this_thread::sleep_for(milliseconds(1));
      if (*request.gone) ++gone;
      reply.send(200, "text/plain", "waited");
    });
    router.add("GET", "/flood", Scope::kChat, [this](Request&, Reply& reply) {
      reply.begin(200, "text/plain");
      while (reply.write(std::string(10'000, 'x'))) {}
      ++gone;
    });
    router.add("GET", "/throw", Scope::kChat, [](Request&, Reply&) { throw std::runtime_error("broken"); });
    router.add("GET", "/mute", Scope::kChat, [](Request&, Reply&) {});
    router.add("GET", "/half", Scope::kChat, [](Request&, Reply& reply) {
      reply.begin(200, "text/plain");
      reply.write("half");
    });
    router.add("POST", "/upload", Scope::kChat, [this](Request& request, Reply& reply) { take_upload(request, reply); },
               {.max_body_bytes = 10 << 20, .stream_body = true});
    return router;
  }

  void take_upload(Request& request, Reply& reply) {
    std::size_t total = 0;
    std::vector<char> buffer(10'000);
    for (;;) {
      const auto count = request.upload->read(buffer);
      if (!count) {
        ++gone;
        return reply.send(count.error().code == ErrorCode::kBudget ? 413 : 400, "text/plain", count.error().message);
      }
      if (*count == 0) return reply.send(200, "text/plain", std::to_string(total));
      total += *count;
    }
  }
};

struct House {
  Sample sample;
  std::unique_ptr<Server> server;
  explicit House(ServerOptions options = {}) : server(serve(sample.router(), std::move(options))) {}
  std::uint16_t port() const { return server->port(); }
};

TEST(Connection, ServesOneAfterTheOther) {
  const House house;
  Client client(house.port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(body_of(client.ask(get("/"))), "hello");
    EXPECT_EQ(body_of(client.ask(post("/echo", "abc"))), "abc");
    EXPECT_EQ(status_of(client.ask(get("/nothing"))), 404);
  }
}

TEST(Connection, RequestsThatComeTogetherAreServedInOrder) {
  const House house;
  Client client(house.port());
  client.send(get("/") + post("/echo", "first") + get("/nothing") + post("/echo", "last", "Connection: close\r\n"));
  const std::string all = client.read_all();
  const std::size_t hello = all.find("\r\n\r\nhello"), first = all.find("\r\n\r\nfirst"), missing = all.find(" 404 "),
                    last = all.find("\r\n\r\nlast");
  ASSERT_NE(last, std::string::npos) << all;
  EXPECT_TRUE(hello < first && first < missing && missing < last) << all;
}

TEST(Connection, ManyRefusedRequestsAtOnce) {
  const House house;
  Client client(house.port());
  std::string requests;
  for (int i = 0; i < 300; ++i) requests += get("/nothing");
  client.send(requests + get("/", "Connection: close\r\n"));
  const std::string all = client.read_all();
  std::size_t count = 0;
  for (std::size_t at = all.find(" 404 "); at != std::string::npos; at = all.find(" 404 ", at + 1)) ++count;
  EXPECT_EQ(count, 300u);
  EXPECT_TRUE(all.ends_with("hello"));
}

TEST(Connection, StreamsInChunksAndForOldClientsUntilTheEnd) {
  const House house;
  Client client(house.port());
  client.send(get("/stream"));
  EXPECT_EQ(body_of(client.read_until("0\r\n\r\n")), "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.ask(get("/"))), "hello") << "the connection stays";
  Client old(house.port());
  old.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(old.read_all()), "onetwothree");
}

TEST(Connection, HeadHasTheFieldsAlone) {
  const House house;
  Client client(house.port());
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/nothing", "Connection: close\r\n"));
  const std::string all = client.read_all();
  EXPECT_NE(all.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_EQ(all.find("hello"), std::string::npos);
}

TEST(Connection, WaitsForTheBodyWhenAsked) {
  const House house;
  Client client(house.port());
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of(client.ask("abc")), "abc");
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(client.read_until("}")), 413) << "and is not asked to send it";
}

TEST(Connection, ChunkedBodies) {
  const House house;
  Client client(house.port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(body_of(client.ask(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")), "abcde");
  EXPECT_EQ(status_of(client.ask(head + "186a1\r\n")), 413) << "100,001 bytes";
  EXPECT_TRUE(client.ends());
}

TEST(Connection, HandlersThatFail) {
  const House house;
  Client client(house.port());
  EXPECT_EQ(status_of(client.ask(get("/throw"))), 500);
  EXPECT_EQ(status_of(client.ask(get("/mute"))), 500);
  client.send(get("/half"));
  const std::string half = client.read_all();
  EXPECT_TRUE(half.ends_with("4\r\nhalf\r\n")) << "cut, without a last chunk";
}

TEST(Connection, AHandlerSeesItsClientGo) {
  House house;
  {
    Client client(house.port());
    client.send(get("/wait"));
    ASSERT_TRUE(comes_true([&] { return house.sample.running == 1; }));
    EXPECT_EQ(house.sample.gone, 0);
  }
  EXPECT_TRUE(comes_true([&] { return house.sample.gone == 1; }));
  {
    Client client(house.port());
    client.send(get("/flood"));
    client.read_until("xxxx");
  }
  EXPECT_TRUE(comes_true([&] { return house.sample.gone == 2; }));
}

TEST(Connection, AClientThatEndsItsSideIsToldToItsHandlerAndGetsTheAnswer) {
  House house;
  Client client(house.port());
  client.send(get("/wait"));
  client.end_writing();
  EXPECT_EQ(body_of(client.read_all()), "waited");
  EXPECT_EQ(house.sample.gone, 1);
}

TEST(Connection, WhoSendsTooFarAheadIsCut) {
  House house;
  Client client(house.port());
  client.send(get("/wait"));
  ASSERT_TRUE(comes_true([&] { return house.sample.running == 1; }));
  client.send(std::string(20'000, 'x'));
  EXPECT_TRUE(comes_true([&] { return house.sample.gone == 1; }));
}

TEST(Connection, ASlowReaderIsCut) {
  ServerOptions options;
  options.limits.write_timeout = milliseconds(200);
  House house(std::move(options));
  Client client(house.port());
  client.send(get("/flood"));
  EXPECT_TRUE(comes_true([&] { return house.sample.gone == 1; })) << "it reads nothing at all";
}

TEST(Connection, SlowWritersAreCut) {
  ServerOptions options;
  options.limits.head_timeout = options.limits.body_timeout = options.limits.idle_timeout = milliseconds(200);
  const House house(std::move(options));
  Client silent(house.port()), slow_head(house.port()), slow_body(house.port());
  slow_head.send("GET / HTTP/1.1\r\n");
  slow_body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(status_of(slow_head.read_all()), 408);
  EXPECT_EQ(status_of(slow_body.read_all()), 408);
  EXPECT_TRUE(silent.ends());
}

TEST(Connection, AStreamMayBeSilentForLong) {
  ServerOptions options;
  options.limits.head_timeout = options.limits.body_timeout = options.limits.idle_timeout =
      options.limits.write_timeout = milliseconds(50);
  House house(std::move(options));
  Client client(house.port());
  client.send(get("/wait"));
  std::this_thread::sleep_for(milliseconds(200));
  house.sample.release = true;
  EXPECT_EQ(body_of(client.read_until("waited")), "waited");
}

TEST(Connection, UploadsArriveWhileTheHandlerReads) {
  const House house;
  Client client(house.port());
  const std::string large(3 << 20, 'x');
  EXPECT_EQ(body_of(client.ask(post("/upload", large))), std::to_string(large.size()));
  EXPECT_EQ(body_of(client.ask(post("/upload", ""))), "0") << "on the same connection";
}

TEST(Connection, UploadsThatFail) {
  House house;
  Client chunked(house.port());
  const std::string head = "POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(status_of(chunked.ask(head + "3\r\nabc\r\nffffff\r\n")), 413);
  EXPECT_TRUE(chunked.ends());
  Client broken(house.port());
  EXPECT_EQ(status_of(broken.ask(head + "3\r\nabc\r\nzz\r\n")), 400);
  EXPECT_EQ(house.sample.gone, 2);
  {
    Client leaving(house.port());
    leaving.send(head + "3\r\nabc\r\n");
  }
  EXPECT_TRUE(comes_true([&] { return house.sample.gone == 3; }));
}

TEST(Connection, BodiesTogetherHaveALimit) {
  ServerOptions options;
  options.limits.buffered_body_bytes = 60'000;
  const House house(std::move(options));
  const std::string body(50'000, 'x');
  Client first(house.port()), second(house.port());
  first.send(post("/echo", body).substr(0, 45'000));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(status_of(second.ask(post("/echo", body))), 503);
  first.close();
  EXPECT_TRUE(comes_true([&] { return status_of(Client(house.port()).ask(post("/echo", body))) == 200; }))
      << "what the first held is free again";
}

}  // namespace
}  // namespace sotto::http::test
