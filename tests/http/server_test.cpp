// The server as a whole: starting, stopping, limits, and the matrix of Host x Origin x bind mode x route over a socket.
#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "http/client.h"

namespace sotto::http::test {
namespace {

constexpr std::array<std::uint8_t, 32> kAbc = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                               0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                               0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};

struct Switch {
  std::atomic<bool> release = false;
  std::atomic<int> running = 0, saw_gone = 0;

  Router router() {
    Router router;
    router.add("GET", "/open", Scope::kOpen, [](Request&, Reply& reply) { reply.send(200, "text/plain", "open"); },
               {.quick = true});
    router.add("GET", "/chat", Scope::kChat, [](Request&, Reply& reply) { reply.send(200, "text/plain", "chat"); });
    router.add("GET", "/admin", Scope::kAdmin, [](Request&, Reply& reply) { reply.send(200, "text/plain", "admin"); });
    router.add("GET", "/wait", Scope::kChat, [this](Request& request, Reply& reply) {
      ++running;
      while (!release && !*request.gone) std::this_thread::sleep_for(milliseconds(1));
      if (*request.gone) ++saw_gone;
      reply.send(200, "text/plain", "waited");
    });
    return router;
  }
};

ServerOptions with_token(std::string address, Scope scope) {
  ServerOptions options;
  options.address = std::move(address);
  options.tokens = {{"tester", scope, kAbc}};
  return options;
}

TEST(Server, ForeignHostsAndOriginsOnEveryRouteAndBindMode) {
  for (const char* address : {"127.0.0.1", "0.0.0.0"}) {
    for (const bool tokens : {false, true}) {
      if (!tokens && std::string(address) == "0.0.0.0") continue;
      Switch state;
      const auto server = serve(state.router(), tokens ? with_token(address, Scope::kAdmin) : ServerOptions{});
      const std::string port = std::to_string(server->port());
      for (const char* path : {"/open", "/chat", "/admin", "/nothing"}) {
        for (const char* method : {"GET", "POST", "OPTIONS", "PUT"}) {
          for (const std::string fields :
               {"Host: evil.example\r\n", "Host: localhost\r\nOrigin: http://evil.example\r\n",
                "Host: localhost\r\nOrigin: null\r\n", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n",
                "Host: localhost:1\r\n", "Host: evil.example\r\nOrigin: http://evil.example\r\n"}) {
            Client client(server->port());
            const std::string answer =
                client.ask(std::string(method) + " " + path + " HTTP/1.1\r\n" + fields + "x-api-key: abc\r\n\r\n");
            EXPECT_EQ(status_of(answer), 403) << address << " " << method << " " << path << "\n" << fields << answer;
            EXPECT_EQ(answer.find("Access-Control-Allow"), std::string::npos);
          }
        }
      }
      Client own(server->port());
      const std::string fields = "Origin: http://localhost:" + port + "\r\nx-api-key: abc\r\n";
      for (const char* path : {"/open", "/chat", "/admin"}) {
        const std::string host = "Host: localhost:" + port + "\r\n";
        EXPECT_EQ(status_of(own.ask(std::string("GET ") + path + " HTTP/1.1\r\n" + host + fields + "\r\n")), 200)
            << path;
      }
    }
  }
}

TEST(Server, TokensBeyondLoopback) {
  Switch state;
  const auto server = serve(state.router(), with_token("0.0.0.0", Scope::kChat));
  Client client(server->port());
  EXPECT_EQ(status_of(client.ask(get("/open"))), 200);
  EXPECT_EQ(status_of(client.ask(get("/chat"))), 401);
  EXPECT_EQ(status_of(client.ask(get("/chat", "Authorization: Bearer abc\r\n"))), 200);
  EXPECT_EQ(status_of(client.ask(get("/admin", "Authorization: Bearer abc\r\n"))), 403);
  server->set_tokens({{"tester", Scope::kAdmin, kAbc}});
  EXPECT_EQ(status_of(client.ask(get("/admin", "Authorization: Bearer abc\r\n"))), 200);
  server->set_tokens({});
  EXPECT_EQ(status_of(client.ask(get("/chat", "Authorization: Bearer abc\r\n"))), 401)
      << "none is left, and none is free";
}

TEST(Server, WhatDoesNotStart) {
  ServerOptions open;
  open.address = "0.0.0.0";
  open.port = 0;
  auto started = Server::start(open, Router());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kBadRequest);
  EXPECT_NE(started.error().message.find("sotto token add"), std::string::npos) << started.error().message;

  ServerOptions half_tls;
  half_tls.certificate_file = "cert.pem";
  EXPECT_FALSE(Server::start(half_tls, Router()));
  half_tls.key_file = "key.pem";
  started = Server::start(half_tls, Router());
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("cert.pem"), std::string::npos);

  ServerOptions everybody;
  everybody.port = 0;
  everybody.allowed_origins = {"*"};
  EXPECT_FALSE(Server::start(everybody, Router()));

  const auto first = serve(Router());
  ServerOptions busy;
  busy.port = first->port();
  started = Server::start(busy, Router());
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("is in use by"), std::string::npos) << started.error().message;
}

TEST(Server, QuickRoutesAnswerWhileAllThreadsAreBusy) {
  Switch state;
  ServerOptions options;
  options.limits.handler_threads = 2;
  options.limits.waiting_requests = 1;
  const auto server = serve(state.router(), std::move(options));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(server->port()));
    clients.back()->send(get("/wait"));
  }
  ASSERT_TRUE(comes_true([&] { return state.running == 2; }));
  EXPECT_EQ(status_of(Client(server->port()).ask(get("/open"))), 200);
  ASSERT_TRUE(comes_true([&] { return status_of(Client(server->port()).ask(get("/chat"))) == 503; }));
  state.release = true;
  for (const auto& client : clients) EXPECT_EQ(body_of(client->read_until("waited")), "waited");
}

TEST(Server, ConnectionsHaveALimit) {
  Switch state;
  ServerOptions options;
  options.limits.connections = 2;
  const auto server = serve(state.router(), std::move(options));
  auto first = std::make_unique<Client>(server->port());
  auto second = std::make_unique<Client>(server->port());
  EXPECT_EQ(status_of(first->ask(get("/open"))), 200);
  EXPECT_EQ(status_of(second->ask(get("/open"))), 200);
  EXPECT_EQ(status_of(Client(server->port()).read_all()), 503);
  first.reset();
  EXPECT_TRUE(comes_true([&] { return status_of(Client(server->port()).ask(get("/open"))) == 200; }));
}

TEST(Server, DrainLetsRepliesEnd) {
  Switch state;
  const auto server = serve(state.router());
  Client idle(server->port()), busy(server->port());
  EXPECT_EQ(status_of(idle.ask(get("/open"))), 200);
  busy.send(get("/wait"));
  ASSERT_TRUE(comes_true([&] { return state.running == 1; }));
  bool all = false;
  std::thread drain([&] { all = server->drain(std::chrono::steady_clock::now() + std::chrono::seconds(20)); });
  EXPECT_TRUE(idle.ends()) << "nothing is under way on it";
  EXPECT_TRUE(comes_true([&] { return !Client(server->port()).connected(); }));
  state.release = true;
  const std::string answer = busy.read_all();
  drain.join();
  EXPECT_EQ(body_of(answer), "waited");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(all);
  EXPECT_EQ(state.saw_gone, 0);
}

TEST(Server, DrainCutsAtTheDeadline) {
  Switch state;
  const auto server = serve(state.router());
  Client busy(server->port());
  busy.send(get("/wait"));
  ASSERT_TRUE(comes_true([&] { return state.running == 1; }));
  EXPECT_FALSE(server->drain(std::chrono::steady_clock::now() + milliseconds(50)));
  EXPECT_TRUE(busy.ends());
  EXPECT_TRUE(comes_true([&] { return state.saw_gone == 1; }));
}

TEST(Server, EndsWithHandlersAtWork) {
  Switch state;
  Client busy(0);
  {
    const auto server = serve(state.router());
    busy = Client(server->port());
    busy.send(get("/wait"));
    ASSERT_TRUE(comes_true([&] { return state.running == 1; }));
  }
  EXPECT_EQ(state.saw_gone, 1) << "it has returned";
  EXPECT_TRUE(busy.ends());
}

TEST(Server, LogsWithoutQueriesAndControlCharacters) {
  Switch state;
  std::mutex mutex;
  std::string lines;
  ServerOptions options;
  options.log = [&](LogKind, std::string_view line) {
    const std::lock_guard lock(mutex);
    lines += std::string(line) + "\n";
  };
  {
    const auto server = serve(state.router(), std::move(options));
    Client client(server->port());
    client.ask(get("/chat?secret=1"));
    client.ask(get("/nothing%0aforged"));
  }
  EXPECT_NE(lines.find("127.0.0.1 GET /chat 200 4 bytes"), std::string::npos) << lines;
  EXPECT_NE(lines.find(" 400 "), std::string::npos) << lines;
  EXPECT_EQ(lines.find("secret"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("\nforged"), std::string::npos) << lines;
}

}  // namespace
}  // namespace sotto::http::test
