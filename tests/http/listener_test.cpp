#include "http/listener.h"

#include <gtest/gtest.h>

#include "http/client.h"

namespace sotto::http {
namespace {

TEST(Listener, SaysWhatWasBoundAndWhoCame) {
  auto listener = listen_on("localhost", 0);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_EQ(listener->address, "127.0.0.1");
  ASSERT_GT(listener->port, 0);
  Guest guest;
  EXPECT_EQ(accept_from(listener->socket.get(), guest), Accepted::kNone);
  const test::Client client(listener->port);
  ASSERT_TRUE(client.connected());
  ASSERT_EQ(accept_from(listener->socket.get(), guest), Accepted::kOne);
  EXPECT_EQ(guest.peer_address, "127.0.0.1");
  EXPECT_EQ(guest.local_address, "127.0.0.1");
}

TEST(Listener, AnIpv6SocketShowsIpv4Clients) {
  auto listener = listen_on("[::]", 0);
  if (!listener) GTEST_SKIP() << "no IPv6 here";
  EXPECT_EQ(listener->address, "::");
  const test::Client client(listener->port);
  if (!client.connected()) GTEST_SKIP() << "IPv6 alone here";
  Guest guest;
  ASSERT_EQ(accept_from(listener->socket.get(), guest), Accepted::kOne);
  EXPECT_EQ(guest.peer_address, "127.0.0.1");
}

TEST(Listener, ABusyPortIsExplained) {
  auto first = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(first);
  const auto second = listen_on("127.0.0.1", first->port);
  ASSERT_FALSE(second);
  const std::string& message = second.error().message;
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_NE(message.find("127.0.0.1:" + std::to_string(first->port)), std::string::npos) << message;
  EXPECT_NE(message.find("--port"), std::string::npos) << message;
  EXPECT_NE(message.find("process " + std::to_string(::getpid())), std::string::npos) << message;
}

TEST(Listener, WhatIsNoAddressOfThisMachine) {
  for (const char* bad : {"", "example.org", "127.0.0", "1.2.3.4.5", "::1%lo", "*"}) {
    const auto listener = listen_on(bad, 0);
    ASSERT_FALSE(listener) << bad;
    EXPECT_EQ(listener.error().code, ErrorCode::kBadRequest);
  }
  const auto foreign = listen_on("192.0.2.1", 0);  // for documentation (RFC 5737)
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().message.find("no such address"), std::string::npos) << foreign.error().message;
}

}  // namespace
}  // namespace sotto::http
