#include "cli/local_server.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

TEST(LocalServer, ReadsAnAnswer) {
  const auto answer = parse_answer("HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\n{\"error\":\"no model\"}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->message(), "no model");
  EXPECT_EQ(parse_answer("HTTP/1.1 500 x\r\n\r\noops")->message(), "the server answered with 500");
}

TEST(LocalServer, WhatSpeaksSomethingElseIsSaidSo) {
  for (const char* text : {"", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 x\r\n\r\n"}) {
    const auto answer = parse_answer(text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, ErrorCode::kIo);
  }
}

}  // namespace
}  // namespace sotto::cli
