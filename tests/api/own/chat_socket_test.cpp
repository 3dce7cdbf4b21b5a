#include "api/own/chat_socket.h"

#include <gtest/gtest.h>

#include <deque>

#include "api/fake.h"

namespace sotto::api::own {
namespace {

const std::string kHi = R"({"model": "fake", "messages": [{"role": "user", "content": "hi"}])";

// Keeps what is written, and gives what a test says.
struct KeptSocket : http::Socket {
  KeptSocket() { asked.gone = &gone; }

  const http::Request& request() const override { return asked; }
  std::optional<http::SocketMessage> next() override {
    if (waiting.empty()) return std::nullopt;
    http::SocketMessage message = waiting.front();
    waiting.pop_front();
    return message;
  }
  std::optional<http::SocketMessage> read() override { return next(); }
  bool write_text(std::string_view text) override {
    written.push_back(Json::parse(text));
    return !gone;
  }
  bool write_binary(std::string_view) override { return false; }
  void close(http::CloseCode, std::string_view) override {}
  void watch(http::SocketWatch see) override {
    seen_by = std::move(see);
    ++n_watches;
  }

  void arrive(const std::string& text) {
    const http::SocketMessage message{true, text};
    if (!seen_by || !seen_by(&message)) waiting.push_back(message);
  }
  void leave() {
    gone = true;
    if (seen_by) seen_by(nullptr);
  }

  http::Request asked;
  std::atomic<bool> gone = false;
  std::deque<http::SocketMessage> waiting;
  std::vector<Json> written;
  http::SocketWatch seen_by;
  int n_watches = 0;
};

// The chunks' texts, one behind the other.
std::string text_of(const std::vector<Json>& written) {
  std::string text;
  for (const Json& json : written) {
    if (!json.contains("choices") || json["choices"].empty()) continue;
    text += json["choices"][0]["delta"].value("content", std::string());
  }
  return text;
}

struct ChatHouse {
  FakeService fake;
  KeptSocket socket;
  http::SocketHandler handler = chat_socket(*fake.service)();

  void run(const std::string& message) {
    socket.written.clear();
    socket.waiting.push_back({true, message});
    handler(socket);
  }
};

TEST(ChatSocket, AnswersInChunksAndSaysThatItIsDone) {
  ChatHouse house;
  house.run(kHi + R"(, "stream_options": {"include_usage": true}, "odd": 1})");
  const auto& written = house.socket.written;
  ASSERT_EQ(written.size(), 6u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(written[i]["object"], "chat.completion.chunk");
  EXPECT_EQ(written[0]["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(text_of(written), "Hello world");
  EXPECT_EQ(written[3]["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(written[4]["usage"]["completion_tokens"], 2);
  EXPECT_EQ(written[5], Json::parse(R"({"object": "done", "ignored": "odd"})"));
  EXPECT_FALSE(house.socket.seen_by) << "nothing looks at what comes any more";
}

TEST(ChatSocket, ErrorsAreMessagesAndItLives) {
  ChatHouse house;
  const std::pair<std::string, std::string> wrong[] = {
      {"{", "invalid_value"},
      {"", "invalid_value"},
      {kHi + R"(, "stream": false})", "invalid_value"},
      {R"({"model": "none", "messages": [{"role": "user", "content": "hi"}]})", "model_not_found"}};
  for (const auto& [message, code] : wrong) {
    house.run(message);
    ASSERT_EQ(house.socket.written.size(), 2u) << message;
    EXPECT_EQ(house.socket.written[0]["error"]["code"], code);
    EXPECT_EQ(house.socket.written[0]["error"]["type"], "invalid_request_error");
    EXPECT_EQ(house.socket.written[1], Json::parse(R"({"object": "done"})"));
  }
  house.run(kHi + "}");
  EXPECT_EQ(text_of(house.socket.written), "Hello world");
}

TEST(ChatSocket, BinaryMessagesAreNone) {
  ChatHouse house;
  house.socket.waiting.push_back({false, kHi + "}"});
  house.handler(house.socket);
  ASSERT_EQ(house.socket.written.size(), 2u);
  EXPECT_TRUE(house.socket.written[0].contains("error"));
}

TEST(ChatSocket, CancelEndsTheAnswerThatRuns) {
  ChatHouse house;
  bool stopped = false;
  house.fake.script.during = [&](const Request& request) {
    house.socket.arrive(R"({"cancel": true})");
    stopped = *request.cancel;
  };
  house.run(kHi + "}");
  EXPECT_TRUE(stopped);
  EXPECT_EQ(house.socket.written.back(), Json::parse(R"({"object": "done", "cancelled": true})"));
  house.fake.script.during = nullptr;
  house.run(kHi + "}");
  EXPECT_EQ(house.socket.written.back(), Json::parse(R"({"object": "done"})"));
}

TEST(ChatSocket, WhatIsNoCancelWaits) {
  ChatHouse house;
  int runs = 0;
  house.fake.script.during = [&](const Request& request) {
    if (++runs > 1) return;
    house.socket.arrive(R"({"cancel": false})");
    house.socket.arrive(R"({"cancel": true, "more": 1})");
    house.socket.arrive(kHi + "}");
    EXPECT_FALSE(*request.cancel);
  };
  house.run(kHi + "}");
  EXPECT_EQ(runs, 2);
  int n_done = 0;
  for (const Json& json : house.socket.written) n_done += json.contains("object") && json["object"] == "done";
  EXPECT_EQ(n_done, 4);
}

TEST(ChatSocket, ACancelOfNothingIsSilent) {
  ChatHouse house;
  house.run(R"({"cancel": true})");
  EXPECT_TRUE(house.socket.written.empty());
}

TEST(ChatSocket, WhoLeavesEndsTheAnswer) {
  ChatHouse house;
  bool stopped = false;
  house.fake.script.during = [&](const Request& request) {
    house.socket.leave();
    stopped = *request.cancel;
  };
  house.run(kHi + "}");
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace sotto::api::own
