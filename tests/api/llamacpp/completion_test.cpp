#include "api/llamacpp/completion.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/llamacpp/shapes.h"

namespace sotto::api::llamacpp {
namespace {

struct LlamaCpp : testing::Test {
  LlamaCpp() { fake.script.info.fills_gaps = true; }

  KeptReply complete(const std::string& fields) {
    return call_with(shape(), *fake.service, completion, R"({"model": "fake", )" + fields + "}");
  }
  KeptReply fill(const std::string& fields) {
    return call_with(shape(), *fake.service, infill, R"({"model": "fake", )" + fields + "}");
  }
  const Request& asked() const { return fake.script.requests.back(); }

  FakeService fake;
};

TEST_F(LlamaCpp, Completion) {
  fake.script.stop = "END";
  const KeptReply reply =
      complete(R"("prompt": "Once", "n_predict": 9, "top_k": 3, "cache_prompt": true, "slot_id": 1)");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Json json = Json::parse(reply.body);
  EXPECT_EQ(json["content"], "Hello world");
  EXPECT_EQ(json["stop_type"], "word");
  EXPECT_EQ(json["stopping_word"], "END");
  EXPECT_EQ(json["timings"]["predicted_n"], 2);
  EXPECT_EQ(json["timings"]["prompt_n"], 4);
  EXPECT_EQ(json["generation_settings"]["n_predict"], 9);
  EXPECT_EQ(json["generation_settings"]["n_ctx"], 1000);
  EXPECT_EQ(reply.headers.at("X-Sotto-Ignored"), "slot_id");
  EXPECT_TRUE(asked().raw);
  EXPECT_EQ(asked().max_tokens, 9);
}

TEST_F(LlamaCpp, TheModelThatIsLoadedNeedsNoName) {
  const auto unnamed = [&] { return call_with(shape(), *fake.service, completion, R"({"prompt": "x"})").status; };
  EXPECT_EQ(unnamed(), 404);  // the default model is not here
  EXPECT_EQ(complete(R"("prompt": "x")").status, 200);
  EXPECT_EQ(unnamed(), 200);
}

TEST_F(LlamaCpp, Stream) {
  const KeptReply reply = complete(R"("prompt": "Once", "stream": true)");
  ASSERT_EQ(reply.parts.size(), 3u);
  EXPECT_EQ(reply.parts[0], "data: {\"content\":\"Hello\",\"stop\":false}\n\n");
  EXPECT_EQ(Json::parse(reply.parts[2].substr(6))["stop"], true);
}

TEST_F(LlamaCpp, SchemasAndGrammarsReachTheEngine) {
  complete(R"("prompt": "x", "grammar": "root ::= \"y\"")");
  complete(R"("prompt": "x", "json_schema": {"type": "object"})");
  ASSERT_EQ(fake.script.requests.size(), 2u);
  EXPECT_EQ(fake.script.requests[0].grammar, "root ::= \"y\"");
  EXPECT_EQ(fake.script.requests[1].json_schema, R"({"type":"object"})");
}

TEST_F(LlamaCpp, WhatIsNotThereIsRefused) {
  for (const char* more : {R"("grammar": 1)", R"("json_schema": "object")", R"("n_probs": 3)", R"("top_p": 2)",
                           R"("n_indent": -1)", R"("response_fields": [1])", R"("samplers": {})"}) {
    const KeptReply reply = complete(std::string(R"("prompt": "x", )") + more);
    EXPECT_EQ(reply.status, 400) << more;
    EXPECT_EQ(Json::parse(reply.body)["error"]["type"], "invalid_request_error");
  }
}

TEST_F(LlamaCpp, Infill) {
  const KeptReply reply = fill(R"("input_prefix": "def f():\n", "input_suffix": "\n  return x", "prompt": "  x =",
      "input_extra": [{"filename": "a.py", "text": "a = 1", "time": [1, 2]}, {"text": "b"}], "n_predict": 16)");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(Json::parse(reply.body)["content"], "Hello world");
  EXPECT_EQ(Json::parse(reply.body)["truncated"], false);
  EXPECT_EQ(reply.headers.count("X-Sotto-Ignored"), 0u);
  EXPECT_EQ(asked().prompt, "def f():\n");
  ASSERT_TRUE(asked().gap);
  EXPECT_EQ(asked().gap->suffix, "\n  return x");
  EXPECT_EQ(asked().gap->begun, "  x =");
  ASSERT_EQ(asked().gap->files.size(), 2u);
  EXPECT_EQ(asked().gap->files[0].name, "a.py");
  EXPECT_EQ(asked().gap->files[1].text, "b");
  EXPECT_FLOAT_EQ(asked().sampling.repeat_penalty, 1) << "code repeats itself";
}

TEST_F(LlamaCpp, AModelThatFillsNoGapsSaysSo) {
  fake.script.info.fills_gaps = false;
  const KeptReply reply = fill(R"("input_prefix": "a", "input_suffix": "b")");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json::parse(reply.body)["error"]["type"], "not_supported_error");
}

TEST_F(LlamaCpp, FilesThatDoNotFitAreLeftOutAndThatIsSaid) {
  const std::string large = R"({"filename": "a", "text": ")" + std::string(2000, 'x') + R"("})";
  const KeptReply reply = fill(R"("input_prefix": "a", "input_suffix": "b", "input_extra": [)" + large +
                               R"(, {"filename": "c", "text": "y"}])");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(Json::parse(reply.body)["truncated"], true);
  ASSERT_EQ(asked().gap->files.size(), 1u);
  EXPECT_EQ(asked().gap->files[0].name, "c");
}

TEST_F(LlamaCpp, WrongFilesAreNamed) {
  for (const char* extra : {R"("a")", R"([1])", R"([{"filename": 1}])"}) {
    const KeptReply reply = fill(std::string(R"("input_extra": )") + extra);
    EXPECT_EQ(reply.status, 400) << extra;
    EXPECT_NE(reply.body.find("input_extra"), std::string::npos);
  }
}

TEST_F(LlamaCpp, AnAnswerHasItsFields) {
  const KeptReply reply =
      fill(R"("input_prefix": "a", "response_fields": ["content", "timings/prompt_n", "no", "stop/x"])");
  EXPECT_EQ(reply.body, R"({"content":"Hello world","timings/prompt_n":1})");
  EXPECT_EQ(fill(R"("input_prefix": "a", "n_predict": 0, "response_fields": [""])").body, "{}");
  EXPECT_EQ(asked().max_tokens, 0);
}

TEST_F(LlamaCpp, AnAnswerEndsAtALineWithLessIndentation) {
  fake.script.pieces = {"x\n  ", "y\n", "z\n", "  w"};
  const Json json = Json::parse(fill(R"("input_prefix": "a", "n_indent": 2)").body);
  EXPECT_EQ(json["content"], "x\n  y");
  EXPECT_EQ(json["stop_type"], "limit");
}

TEST_F(LlamaCpp, AnAnswerThatIsInTimeIsWhole) {
  fake.script.pieces = {"a", "b"};
  EXPECT_EQ(Json::parse(fill(R"("input_prefix": "a", "t_max_predict_ms": 60000)").body)["content"], "ab");
  EXPECT_TRUE(asked().enough);
}

}  // namespace
}  // namespace sotto::api::llamacpp
