#include "http/authority.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

TEST(Authority, NamesAndAddresses) {
  EXPECT_EQ(parse_authority("LocalHost:11434"), (Authority{"localhost", 11434}));
  EXPECT_EQ(parse_authority("localhost."), (Authority{"localhost", {}}));
  EXPECT_EQ(parse_authority("127.0.0.1"), (Authority{"127.0.0.1", {}}));
  EXPECT_EQ(parse_authority("[0:0:0:0:0:0:0:1]:80"), (Authority{"::1", 80}));
  EXPECT_EQ(parse_authority("my_box.lan:65535"), (Authority{"my_box.lan", 65535}));
}

TEST(Authority, MalformedOnes) {
  for (const char* bad :
       {"",           ":1",     "a:",  "a:0", "a:011434", "a:65536",     "a:1x",   "a:-1",   "a:+1",
        "a:1:2",      "user@a", "a b", "a/",  "[::1",     "::1",         "[::1]x", "[::1]:", "[127.0.0.1]",
        "[::1%25lo]", "a..",    ".a",  ".",   "a,b",      "h\xC3\xB6st", "a\t"}) {
    EXPECT_FALSE(parse_authority(bad)) << bad;
  }
  EXPECT_FALSE(parse_authority(std::string(254, 'a')));
}

TEST(Authority, Loopback) {
  for (const char* own : {"localhost", "chat.localhost", "127.0.0.1", "127.255.1.2", "::1"}) {
    EXPECT_TRUE(is_loopback_host(own)) << own;
  }
  for (const char* foreign : {"localhost.evil.example", "notlocalhost", "127.evil.example", "127.0.0.1.evil.example",
                              "128.0.0.1", "0.0.0.0", "::", "127.1", "2130706433", "127.0.0.256"}) {
    EXPECT_FALSE(is_loopback_host(foreign)) << foreign;
  }
  EXPECT_TRUE(is_loopback_address("::ffff:127.0.0.1"));
}

TEST(Origin, AsBrowsersSendThem) {
  const auto plain = parse_origin("http://LOCALHOST");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->authority.host, "localhost");
  EXPECT_EQ(plain->port(), 80);
  EXPECT_EQ(parse_origin("https://a.example")->port(), 443);
  EXPECT_EQ(parse_origin("http://a.example:81")->port(), 81);
  EXPECT_EQ(parse_origin("vscode-webview://0abc-1")->scheme, "vscode-webview");
  for (const char* bad : {"null", "", "http:", "http://", "://a", "http://a/", "http://a/b", "http://a b", "http//a",
                          "http://u@a", "ht tp://a"}) {
    EXPECT_FALSE(parse_origin(bad)) << bad;
  }
}

TEST(PlainAddress, OneFormForEach) {
  EXPECT_EQ(plain_address("[::1]"), "::1");
  EXPECT_EQ(plain_address("0:0::0"), "::");
  EXPECT_EQ(plain_address("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(plain_address("localhost"), std::nullopt);
  EXPECT_EQ(plain_address("10.0.0.01"), std::nullopt);
}

}  // namespace
}  // namespace sotto::http
