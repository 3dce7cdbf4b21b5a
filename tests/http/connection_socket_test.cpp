// A WebSocket as a client sees it, over a real connection. tests/api/websocket_test.py does it with another's client.
#include <gtest/gtest.h>

#include <thread>

#include "http/client.h"
#include "http/socket_frames.h"

namespace sotto::http::test {
namespace {

// Handlers that show what the server does, and what happened to them.
struct SocketRoutes {
  std::atomic<int> opened = 0, calls = 0, gone = 0;
  std::atomic<bool> release = false;

  Router router() {
    Router router;
    router.add_socket("/echo", Scope::kOpen,
                      [this] {
                        ++opened;
                        return [this, n = 0](Socket& socket) mutable {
                          ++calls;
                          while (const auto message = socket.next()) {
                            const std::string answer = std::to_string(++n) + message->data;
                            message->is_text ? socket.write_text(answer) : socket.write_binary(answer);
                          }
                        };
                      },
                      {"echo"}, {.max_body_bytes = 70'000});
    router.add_socket("/wait", Scope::kChat, [this] {
      return [this](Socket& socket) {
        while (!release && !*socket.request().gone) std::this_thread::sleep_for(milliseconds(1));
        if (*socket.request().gone) ++gone;
        socket.write_text("waited");
      };
    });
    router.add_socket("/read", Scope::kAdmin, [this] {
      return [this](Socket& socket) {
        while (const auto message = socket.read()) socket.write_text(message->data);
        ++gone;
      };
    });
    router.add_socket("/flood", Scope::kChat, [this] {
      return [this](Socket& socket) {
        while (socket.write_binary(std::string(10'000, 'x'))) {}
        ++gone;
      };
    });
    router.add_socket("/throw", Scope::kChat, [] { return [](Socket&) { throw std::runtime_error("broken"); }; });
    router.add("GET", "/", Scope::kOpen, [](Request&, Reply& reply) { reply.send(200, "text/plain", "hello"); });
    return router;
  }
};

std::string ask_socket(std::string_view path, std::string_view fields = "", std::string_view version = "13") {
  return get(path,
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: " +
                 std::string(version) + "\r\n" + std::string(fields));
}

struct SocketHouse {
  SocketRoutes routes;
  std::unique_ptr<Server> server;
  explicit SocketHouse(ServerOptions options = {}) : server(serve(routes.router(), std::move(options))) {}
  std::uint16_t port() const { return server->port(); }

  // A client whose socket is open.
  std::unique_ptr<Client> client(std::string_view path, std::string_view fields = "") {
    auto made = std::make_unique<Client>(port());
    const std::string answer = made->ask(ask_socket(path, fields));
    EXPECT_EQ(status_of(answer), 101) << answer;
    return made;
  }
};

TEST(ConnectionSocket, Opens) {
  SocketHouse house;
  Client client(house.port());
  const std::string answer = client.ask(ask_socket("/echo", "Sec-WebSocket-Protocol: other, echo\r\n"));
  EXPECT_EQ(status_of(answer), 101) << answer;
  EXPECT_NE(answer.find("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
  EXPECT_NE(answer.find("\r\nSec-WebSocket-Protocol: echo\r\n"), std::string::npos);
  EXPECT_NE(answer.find("\r\nConnection: Upgrade\r\n"), std::string::npos);
  client.send(client_text("x"));
  EXPECT_EQ(client.read_until("x"), server_frame(kText, "1x"));
}

TEST(ConnectionSocket, IsRefusedAsAnyRouteIs) {
  SocketHouse house;
  const auto asked = [&](std::string_view request) { return Client(house.port()).ask(request); };
  EXPECT_EQ(status_of(asked(ask_socket("/echo", "Origin: http://evil.example\r\n"))), 403);
  EXPECT_EQ(status_of(asked(ask_socket("/echo", "Sec-Fetch-Site: cross-site\r\n"))), 403);
  std::string foreign = ask_socket("/echo");
  EXPECT_EQ(status_of(asked(foreign.replace(foreign.find("localhost"), 9, "evil.test"))), 403);
  EXPECT_EQ(status_of(asked(ask_socket("/nothing"))), 404);
  const std::string old = asked(ask_socket("/echo", "", "8"));
  EXPECT_EQ(status_of(old), 426);
  EXPECT_NE(old.find("\r\nSec-WebSocket-Version: 13\r\n"), std::string::npos) << old;
  const std::string plain = asked(get("/echo"));
  EXPECT_EQ(status_of(plain), 426);
  EXPECT_NE(plain.find("\r\nUpgrade: websocket\r\n"), std::string::npos);
  EXPECT_NE(plain.find("\r\nConnection: keep-alive, Upgrade\r\n"), std::string::npos);
  EXPECT_EQ(status_of(asked(post("/echo", "x"))), 405);
  EXPECT_EQ(house.routes.opened, 0);
  const std::string own = "Origin: http://localhost:" + std::to_string(house.port()) + "\r\n";
  EXPECT_EQ(status_of(asked(ask_socket("/echo", own))), 101) << "a page of the server itself";
}

TEST(ConnectionSocket, NeedsItsScope) {
  ServerOptions options;
  options.tokens = {{"tester", Scope::kChat, std::array<std::uint8_t, 32>{1}}};
  SocketHouse house(std::move(options));
  EXPECT_EQ(status_of(Client(house.port()).ask(ask_socket("/read"))), 401);
}

TEST(ConnectionSocket, EachHasItsOwnHandlerAndIdleOnesTakeNoThread) {
  ServerOptions options;
  options.limits.handler_threads = 1;
  options.limits.waiting_requests = 300;
  SocketHouse house(std::move(options));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(house.client("/echo"));
  for (int round = 1; round <= 2; ++round) {
    for (const auto& client : clients) client->send(client_text("a"));
    for (const auto& client : clients)
      EXPECT_EQ(client->read_until("a"), server_frame(kText, std::to_string(round) + "a"));
  }
  EXPECT_EQ(house.routes.opened, 200);
}

TEST(ConnectionSocket, MessagesBehindTheRequestAndBehindOthers) {
  SocketHouse house;
  Client client(house.port());
  client.send(get("/") + ask_socket("/echo") + client_text("ahead") + client_ping("p"));
  std::string got = client.read_until("ahead");
  if (got.find(server_frame(kPong, "p")) == std::string::npos) got += client.read_until("p");
  EXPECT_NE(got.find("\r\n\r\nhello"), std::string::npos) << got;
  EXPECT_NE(got.find(server_frame(kText, "1ahead")), std::string::npos) << got;
}

TEST(ConnectionSocket, FragmentsAndLargeMessages) {
  SocketHouse house;
  const auto client = house.client("/echo");
  client->send(client_frame(kText, "ab") + client_ping("x"));
  EXPECT_EQ(client->read_until("x"), server_frame(kPong, "x"));
  client->send(client_frame(0x80, "cd"));
  EXPECT_EQ(client->read_until("cd"), server_frame(kText, "1abcd"));
  const std::string large = std::string(69'999, 'y') + "z";
  client->send(client_binary(large));
  const std::string answer = client->read_until("z");
  EXPECT_EQ(answer.size(), 10 + 1 + large.size());
  EXPECT_TRUE(answer.ends_with("2" + large));
}

TEST(ConnectionSocket, FaultsEndItWithTheirCode) {
  SocketHouse house;
  const std::vector<std::pair<std::string, int>> faults = {{"\x81\x01x", 1002},
                                                           {client_text("\xff"), 1007},
                                                           {client_binary(std::string(70'001, 'x')), 1009},
                                                           {client_close(1005), 1002}};
  for (const auto& [bytes, code] : faults) {
    const auto client = house.client("/echo");
    client->send(bytes);
    EXPECT_TRUE(is_server_close(client->read_all(), code)) << code;
  }
  const auto client = house.client("/echo");
  client->send(client_close(1000, "bye"));
  EXPECT_TRUE(is_server_close(client->read_all(), 1000));
}

TEST(ConnectionSocket, AHandlerThatFailsClosesIt) {
  SocketHouse house;
  const auto client = house.client("/throw");
  client->send(client_text("x"));
  EXPECT_TRUE(is_server_close(client->read_all(), 1011));
}

TEST(ConnectionSocket, AHandlerSeesItsClientGo) {
  SocketHouse house;
  for (const bool says_so : {true, false}) {
    const auto client = house.client("/wait");
    client->send(client_text("x"));
    std::this_thread::sleep_for(milliseconds(20));
    if (says_so) client->send(client_close(1000));
    else client->close();
    EXPECT_TRUE(comes_true([&] { return house.routes.gone == (says_so ? 1 : 2); }));
  }
  const auto reader = house.client("/read");
  reader->send(client_text("x"));
  EXPECT_EQ(reader->read_until("x"), server_frame(kText, "x"));
  reader->close();
  EXPECT_TRUE(comes_true([&] { return house.routes.gone == 3; }));
}

TEST(ConnectionSocket, ASlowReaderIsCut) {
  ServerOptions options;
  options.limits.write_timeout = milliseconds(200);
  SocketHouse house(std::move(options));
  const auto client = house.client("/flood");
  client->send(client_text("x"));
  EXPECT_TRUE(comes_true([&] { return house.routes.gone == 1; }));
}

TEST(ConnectionSocket, WhoIsSilentIsPingedThenCut) {
  ServerOptions options;
  options.limits.ping_interval = milliseconds(100);
  options.limits.idle_timeout = milliseconds(150);
  SocketHouse house(std::move(options));
  const auto dead = house.client("/echo"), alive = house.client("/echo");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(alive->read_until("\x89"), server_frame(kPing, ""));
    alive->send(client_frame(0x80 | kPong, ""));
  }
  EXPECT_EQ(dead->read_all(), server_frame(kPing, "")) << "and then the end";
  alive->send(client_text("x"));
  EXPECT_NE(alive->read_until("x").find(server_frame(kText, "1x")), std::string::npos);
}

TEST(ConnectionSocket, AMessageThatComesTooSlowlyEndsIt) {
  ServerOptions options;
  options.limits.body_timeout = milliseconds(200);
  SocketHouse house(std::move(options));
  const auto client = house.client("/echo");
  client->send(client_text("whole").substr(0, 8));
  EXPECT_TRUE(is_server_close(client->read_all(), 1008));
}

TEST(ConnectionSocket, DrainSaysThatTheServerGoes) {
  SocketHouse house;
  const auto idle = house.client("/echo"), busy = house.client("/wait");
  busy->send(client_text("x"));
  std::this_thread::sleep_for(milliseconds(50));
  bool all = false;
  std::thread drain([&] { all = house.server->drain(std::chrono::steady_clock::now() + std::chrono::seconds(20)); });
  std::string bytes = idle->read_until("stops");
  EXPECT_TRUE(is_server_close(bytes, 1001));
  idle->close();
  house.routes.release = true;
  bytes = busy->read_until("stops");
  EXPECT_TRUE(bytes.starts_with(server_frame(kText, "waited")));
  EXPECT_TRUE(is_server_close(bytes.substr(8), 1001));
  busy->close();
  drain.join();
  EXPECT_TRUE(all);
}

}  // namespace
}  // namespace sotto::http::test
