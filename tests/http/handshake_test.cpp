#include "http/handshake.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

// Of RFC 6455, 1.2.
Head asked_head(const std::vector<Header>& instead = {}, const char* without = "") {
  std::vector<Header> fields = {{"Host", "localhost"},
                                {"Upgrade", "websocket"},
                                {"Connection", "Upgrade"},
                                {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                {"Sec-WebSocket-Version", "13"}};
  Head head;
  head.method = "GET";
  for (Header& field : fields) {
    for (const Header& other : instead)
      if (other.name == field.name) field.value = other.value;
    if (field.name != without) head.headers.add(field.name, field.value);
  }
  return head;
}

int handshake_status(const Head& head) {
  const auto refusal = refuse_handshake(head);
  return refusal ? refusal->status : 101;
}

std::string handshake_field(const std::vector<Header>& fields, std::string_view name) {
  for (const Header& field : fields)
    if (same_word(field.name, name)) return field.value;
  return "";
}

TEST(Handshake, TheExampleOfTheRfc) {
  EXPECT_EQ(handshake_status(asked_head()), 101);
  EXPECT_EQ(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  const auto fields = handshake_fields(asked_head().headers, {});
  EXPECT_EQ(handshake_field(fields, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(handshake_field(fields, "Upgrade"), "websocket");
  EXPECT_EQ(handshake_field(fields, "Sec-WebSocket-Protocol"), "");
}

TEST(Handshake, WordsInAnyCaseAndAmongOthers) {
  EXPECT_EQ(handshake_status(asked_head({{"Upgrade", "h2c, WebSocket"}, {"Connection", "keep-alive,upgrade"}})), 101);
}

TEST(Handshake, WhatAsksForNoSocketOrAnotherVersion) {
  for (const char* missing : {"Upgrade", "Connection", "Sec-WebSocket-Version"})
    EXPECT_EQ(handshake_status(asked_head({}, missing)), 426) << missing;
  EXPECT_EQ(handshake_status(asked_head({{"Upgrade", "websockets"}})), 426);
  EXPECT_EQ(handshake_status(asked_head({{"Connection", "keep-alive"}})), 426);
  for (const char* version : {"8", "14", "13, 8", "013", ""})
    EXPECT_EQ(handshake_status(asked_head({{"Sec-WebSocket-Version", version}})), 426) << version;
  EXPECT_EQ(handshake_field(upgrade_fields(), "Sec-WebSocket-Version"), "13");
  EXPECT_EQ(handshake_field(upgrade_fields(), "Upgrade"), "websocket");
}

TEST(Handshake, WhatAsksWrongly) {
  EXPECT_EQ(handshake_status(asked_head({}, "Sec-WebSocket-Key")), 400);
  for (const char* key : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=!",
                          "dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXBsZSBub25j  ==", "dGhlIHNhbXBsZSBub25jZSEhISE=="})
    EXPECT_EQ(handshake_status(asked_head({{"Sec-WebSocket-Key", key}})), 400) << key;
  Head twice = asked_head();
  twice.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(handshake_status(twice), 400);
  Head other_method = asked_head();
  other_method.method = "HEAD";
  EXPECT_EQ(handshake_status(other_method), 400);
  Head old = asked_head();
  old.http_1_0 = true;
  EXPECT_EQ(handshake_status(old), 400);
  Head body = asked_head();
  body.content_length = 1;
  EXPECT_EQ(handshake_status(body), 400);
}

TEST(Handshake, OfTheSubprotocolsTheFirstThatIsKnown) {
  Route route;
  route.subprotocols = {"one", "two"};
  Head head = asked_head();
  head.headers.add("Sec-WebSocket-Protocol", "three, two");
  head.headers.add("Sec-WebSocket-Protocol", "one");
  EXPECT_EQ(handshake_field(handshake_fields(head.headers, route), "Sec-WebSocket-Protocol"), "two");
  route.subprotocols = {"four"};
  EXPECT_EQ(handshake_field(handshake_fields(head.headers, route), "Sec-WebSocket-Protocol"), "");
}

}  // namespace
}  // namespace sotto::http
