#include "server/address.h"

#include <gtest/gtest.h>

namespace sotto::server {
namespace {

TEST(Address, EveryFormOfIt) {
  struct Form {
    const char *text, *host;
    int port;
  };
  const Form forms[] = {
      {"", "127.0.0.1", 11434},       {"0.0.0.0", "0.0.0.0", 11434},     {"0.0.0.0:8080", "0.0.0.0", 8080},
      {":8080", "127.0.0.1", 8080},   {"localhost", "localhost", 11434}, {"http://localhost:1/", "localhost", 1},
      {"::1", "::1", 11434},          {"[::1]", "::1", 11434},           {"[::1]:80", "::1", 80},
      {"https://[::]:443", "::", 443}};
  for (const Form& form : forms) {
    const auto address = parse_address(form.text);
    ASSERT_TRUE(address) << form.text;
    EXPECT_EQ(address->host, form.host) << form.text;
    EXPECT_EQ(address->port, form.port) << form.text;
  }
}

TEST(Address, WhatIsNone) {
  for (const char* text :
       {"host:port", "host:70000", "host:-1", "host:", "[::1", "[::1]x", "[]:1", "a b", "a/b", "user@host"}) {
    const auto address = parse_address(text);
    EXPECT_FALSE(address) << text;
    if (address) continue;
    EXPECT_EQ(address.error().code, ErrorCode::kBadRequest);
  }
}

}  // namespace
}  // namespace sotto::server
