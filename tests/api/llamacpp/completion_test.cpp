#include "api/llamacpp/completion.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api::llamacpp {
namespace {

KeptReply ask_completion(FakeService& fake, const std::string& body) {
  return call_with(shape(), *fake.service, completion, body);
}

TEST(LlamaCpp, Completion) {
  FakeService fake;
  fake.script.stop = "END";
  const KeptReply reply = ask_completion(fake, R"({"model": "fake", "prompt": "Once", "n_predict": 9, "top_k": 3,
      "cache_prompt": true, "slot_id": 1})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Json json = Json::parse(reply.body);
  EXPECT_EQ(json["content"], "Hello world");
  EXPECT_EQ(json["stop_type"], "word");
  EXPECT_EQ(json["stopping_word"], "END");
  EXPECT_EQ(json["timings"]["predicted_n"], 2);
  EXPECT_EQ(json["timings"]["prompt_n"], 4);
  EXPECT_EQ(reply.headers.at("X-Sotto-Ignored"), "slot_id");
  EXPECT_TRUE(fake.script.requests.back().raw);
  EXPECT_EQ(fake.script.requests.back().max_tokens, 9);
}

TEST(LlamaCpp, TheModelThatIsLoadedNeedsNoName) {
  FakeService fake;
  EXPECT_EQ(ask_completion(fake, R"({"prompt": "x"})").status, 404);  // the default model is not here
  EXPECT_EQ(ask_completion(fake, R"({"prompt": "x", "model": "fake"})").status, 200);
  EXPECT_EQ(ask_completion(fake, R"({"prompt": "x"})").status, 200);
}

TEST(LlamaCpp, Stream) {
  FakeService fake;
  const KeptReply reply = ask_completion(fake, R"({"model": "fake", "prompt": "Once", "stream": true})");
  ASSERT_EQ(reply.parts.size(), 3u);
  EXPECT_EQ(reply.parts[0], "data: {\"content\":\"Hello\",\"stop\":false}\n\n");
  EXPECT_EQ(Json::parse(reply.parts[2].substr(6))["stop"], true);
}

TEST(LlamaCpp, TokensAndBack) {
  FakeService fake;
  const auto text_of = [&](Outcome (*handle)(Service&, Call&), const std::string& body) {
    return call_with(shape(), *fake.service, handle, body).body;
  };
  EXPECT_EQ(text_of(tokenize, R"({"model": "fake", "content": "AB"})"), R"({"tokens":[65,66]})");
  EXPECT_EQ(text_of(tokenize, R"({"model": "fake", "content": "A", "with_pieces": true})"),
            R"({"tokens":[{"id":65,"piece":"A"}]})");
  EXPECT_EQ(text_of(detokenize, R"({"model": "fake", "tokens": [65, 66]})"), R"({"content":"AB"})");
  EXPECT_EQ(text_of(health, ""), R"({"status":"ok"})");
  EXPECT_EQ(call_with(shape(), *fake.service, detokenize, R"({"model": "fake", "tokens": ["x"]})").status, 400);
  EXPECT_EQ(call_with(shape(), *fake.service, detokenize, R"({"model": "fake", "tokens": [4294967296]})").status, 400);
}

TEST(LlamaCpp, SchemasAndGrammarsReachTheEngine) {
  FakeService fake;
  ask_completion(fake, R"({"model": "fake", "prompt": "x", "grammar": "root ::= \"y\""})");
  ask_completion(fake, R"({"model": "fake", "prompt": "x", "json_schema": {"type": "object"}})");
  ASSERT_EQ(fake.script.requests.size(), 2u);
  EXPECT_EQ(fake.script.requests[0].grammar, "root ::= \"y\"");
  EXPECT_EQ(fake.script.requests[1].json_schema, R"({"type":"object"})");
}

TEST(LlamaCpp, WhatIsNotThereIsRefused) {
  FakeService fake;
  for (const char* more : {R"("grammar": 1)", R"("json_schema": "object")", R"("n_probs": 3)", R"("top_p": 2)"}) {
    const KeptReply reply = ask_completion(fake, std::string(R"({"model": "fake", "prompt": "x", )") + more + "}");
    EXPECT_EQ(reply.status, 400) << more;
    EXPECT_EQ(Json::parse(reply.body)["error"]["type"], "invalid_request_error");
  }
}

}  // namespace
}  // namespace sotto::api::llamacpp
