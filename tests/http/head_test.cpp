#include "http/head.h"

#include <gtest/gtest.h>

namespace sotto::http {
namespace {

int lines_status(const std::string& block, std::size_t max_fields = 100) {
  const auto refusal = check_lines(block, max_fields);
  return refusal ? refusal->status : 0;
}

TEST(Head, WellFormedOnes) {
  EXPECT_EQ(lines_status("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
  EXPECT_EQ(lines_status("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(lines_status("M-SEARCH * HTTP/1.1\r\nA:\r\nB:\tx \xC3\xA9\t\r\n\r\n"), 0);
}

TEST(Head, MalformedLines) {
  for (const char* bad : {"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",   // folded
                          "GET / HTTP/1.1\r\n Host: a\r\n\r\n",        // a space before the first field
                          "GET / HTTP/1.1\r\nHost : a\r\n\r\n",        // a space before the colon
                          "GET / HTTP/1.1\r\nHost\r\n\r\n",            // no colon
                          "GET / HTTP/1.1\r\n: a\r\n\r\n",             // no name
                          "GET / HTTP/1.1\r\nHo\"st: a\r\n\r\n",       // not a token
                          "GET / HTTP/1.1\r\nH\xC3\xB6st: a\r\n\r\n",  // not ASCII
                          "GET /\r\n\r\n",
                          "GET  HTTP/1.1\r\n\r\n",
                          "GET / HTTP/1.1 \r\n\r\n",
                          "GET /a b HTTP/1.1\r\n\r\n",
                          "GET\t/ HTTP/1.1\r\n\r\n",
                          "GET / HTTP/2.0\r\n\r\n",
                          "GET / http/1.1\r\n\r\n",
                          "GET / HTTP/1.1x\r\n\r\n",
                          "GET /\xC3\xA9 HTTP/1.1\r\n\r\n",
                          "G(T / HTTP/1.1\r\n\r\n",
                          "\r\n\r\n",
                          "GET / HTTP/1.1\r\nA: b\r\n",
                          "GET / HTTP/1.1\r\n\r\nx"}) {
    EXPECT_EQ(lines_status(bad), 400) << bad;
  }
}

TEST(Head, BytesThatNoHeadMayContain) {
  for (const std::string& bad :
       {std::string("GET / HTTP/1.1\nHost: a\n\n"), std::string("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nA: b\nc\r\n\r\n"), std::string("GET / HTTP/1.1\r\nA: \0b\r\n", 21),
        std::string("GET / HTTP/1.1\r\nA: \x1b\r\n\r\n"), std::string("GET / HTTP/1.1\r\nA: \x7f\r\n\r\n"),
        std::string("\x16\x03\x01\x02"), std::string(" GET / HTTP/1.1")}) {
    const auto refusal = check_bytes(bad, 0);
    ASSERT_TRUE(refusal) << bad;
    EXPECT_EQ(refusal->status, 400);
  }
  EXPECT_FALSE(check_bytes("GET / HTTP/1.1\r", 0)) << "its LF may still come";
  EXPECT_TRUE(check_bytes("GET / HTTP/1.1\rx", 14)) << "it did not";
}

TEST(Head, TooManyFields) {
  std::string block = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 5; ++i) block += "A: b\r\n";
  EXPECT_EQ(lines_status(block + "\r\n", 5), 0);
  EXPECT_EQ(lines_status(block + "A: b\r\n\r\n", 5), 431);
}

Head head_with(std::initializer_list<std::pair<const char*, const char*>> fields, bool http_1_0 = false) {
  Head head;
  head.http_1_0 = http_1_0;
  for (const auto& [name, value] : fields) head.headers.add(name, value);
  return head;
}

TEST(Framing, WhatIsTaken) {
  Head length = head_with({{"Content-Length", "42"}});
  EXPECT_FALSE(read_framing(length));
  EXPECT_EQ(length.content_length, 42u);
  EXPECT_TRUE(length.has_body());
  Head chunked = head_with({{"Transfer-Encoding", "Chunked"}});
  EXPECT_FALSE(read_framing(chunked));
  EXPECT_TRUE(chunked.chunked && chunked.has_body());
  Head none = head_with({});
  EXPECT_FALSE(read_framing(none));
  EXPECT_FALSE(none.has_body());
  Head longest = head_with({{"Content-Length", "999999999999999999"}});
  EXPECT_FALSE(read_framing(longest));
}

TEST(Framing, WhatProxiesCouldReadOtherwise) {
  Head cases[] = {head_with({{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}),
                  head_with({{"Content-Length", "1"}, {"Content-Length", "2"}}),
                  head_with({{"Content-Length", "1"}, {"content-length", "1"}}),
                  head_with({{"Content-Length", "1, 1"}}),
                  head_with({{"Content-Length", "+1"}}),
                  head_with({{"Content-Length", "-1"}}),
                  head_with({{"Content-Length", "0x1"}}),
                  head_with({{"Content-Length", "1 "}}),
                  head_with({{"Content-Length", ""}}),
                  head_with({{"Content-Length", "99999999999999999999999999"}}),
                  head_with({{"Content-Length", "1000000000000000000"}}),
                  head_with({{"Transfer-Encoding", "gzip, chunked"}}),
                  head_with({{"Transfer-Encoding", "identity"}}),
                  head_with({{"Transfer-Encoding", "chunked, identity"}}),
                  head_with({{"Transfer-Encoding", "xchunked"}}),
                  head_with({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}),
                  head_with({{"Transfer-Encoding", "chunked"}}, true)};
  for (Head& head : cases) {
    const auto refusal = read_framing(head);
    ASSERT_TRUE(refusal) << head.headers.all().front().value;
    EXPECT_EQ(refusal->status, 400);
  }
}

}  // namespace
}  // namespace sotto::http
