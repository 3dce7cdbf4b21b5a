#include "http/response.h"

#include <gtest/gtest.h>

#include <regex>

namespace sotto::http {
namespace {

TEST(Response, AHeadWithALength) {
  ResponseHead head{200, "text/plain", {{"X-A", "b"}}, Framing::kLength, 12, true};
  const std::string text = format_head(head);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  for (const char* line : {"\r\nContent-Type: text/plain\r\n", "\r\nContent-Length: 12\r\n", "\r\nX-A: b\r\n",
                           "\r\nConnection: keep-alive\r\n", "\r\nX-Content-Type-Options: nosniff\r\n",
                           "\r\nCache-Control: no-store\r\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  const std::regex date(
      "\r\nDate: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n");
  EXPECT_TRUE(std::regex_search(text, date)) << text;
}

TEST(Response, OtherEnds) {
  const std::string chunked = format_head({200, "", {{"cache-control", "max-age=1"}}, Framing::kChunked, 0, true});
  EXPECT_NE(chunked.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(chunked.find("Content-Length"), std::string::npos);
  EXPECT_EQ(chunked.find("Content-Type:"), std::string::npos);
  EXPECT_EQ(chunked.find("no-store"), std::string::npos);
  const std::string close = format_head({500, "", {}, Framing::kClose, 0, false});
  EXPECT_NE(close.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_EQ(format_head({204, "", {}, Framing::kLength, 0, true}).find("Content-Length"), std::string::npos);
}

TEST(Response, Chunks) {
  EXPECT_EQ(format_chunk("hello"), "5\r\nhello\r\n");
  EXPECT_EQ(format_chunk(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
  EXPECT_EQ(format_chunk(""), "") << "an empty chunk would be the last";
}

TEST(Response, AValueCannotEndItsField) {
  EXPECT_EQ(field_value("a\r\nSet-Cookie: b\0c" + std::string("\t\x7f")), "a  Set-Cookie: b\t ");
}

TEST(Response, EveryStatusThatTheServerSendsHasItsPhrase) {
  for (const int status : {200, 204, 400, 401, 403, 404, 405, 408, 413, 415, 417, 431, 500, 503}) {
    EXPECT_FALSE(reason_phrase(status).empty()) << status;
  }
  EXPECT_EQ(reason_phrase(999), "");
}

}  // namespace
}  // namespace sotto::http
