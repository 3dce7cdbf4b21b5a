#include "api/openai/shapes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "api/fake.h"
#include "api/openai/completions.h"

namespace sotto::api::openai {
namespace {

const std::string kHello = R"("messages": [{"role": "user", "content": "hi"}])";

KeptReply ask_with(FakeService& fake, const std::string& more) {
  return call_with(shape(), *fake.service, chat_completions, R"({"model": "fake", )" + kHello + more + "}");
}

TEST(OpenAiShapes, OptionsArrive) {
  FakeService fake;
  const KeptReply reply =
      ask_with(fake, R"(, "temperature": 1.5, "max_tokens": 5, "max_completion_tokens": 7, "stop": "x",
      "logit_bias": {"3": -100, "4": 2.5}, "top_k": 9, "num_ctx": 2000, "user": "me", "reasoning_effort": "high")");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Request& request = fake.script.requests.back();
  EXPECT_FLOAT_EQ(request.sampling.temperature, 1.5f);
  EXPECT_EQ(request.max_tokens, 7);
  EXPECT_EQ(request.stop, std::vector<std::string>{"x"});
  ASSERT_EQ(request.sampling.logit_bias.size(), 2u);
  EXPECT_TRUE(std::isinf(request.sampling.logit_bias[0].second));
  EXPECT_EQ(request.sampling.top_k, 9);
  EXPECT_EQ(fake.script.sizes, std::vector<int>{2000});
  EXPECT_EQ(reply.headers.at("X-Sotto-Ignored"), "user, reasoning_effort");  // a model that does not think
}

TEST(OpenAiShapes, RefusalsHaveOpenAisShape) {
  FakeService fake;
  const std::pair<const char*, const char*> refused[] = {
      {R"(, "n": 2147483648)", "n"},
      {R"(, "n": 0)", "n"},
      {R"(, "temperature": 3)", "temperature"},
      {R"(, "logprobs": 1)", "logprobs"},
      {R"(, "top_logprobs": 2)", "top_logprobs"},
      {R"(, "logprobs": true, "top_logprobs": 21)", "top_logprobs"},
      {R"(, "tools": [{"type": "function"}])", "tools[0].function"},
      {R"(, "functions": [{"name": "f"}])", "functions"},
      {R"(, "tool_choice": "required")", "tool_choice"},
      {R"(, "logit_bias": {"x": 1})", "logit_bias"},
      {R"(, "logit_bias": {"3": 101})", "logit_bias"},
      {R"(, "response_format": {"type": "xml"})", "response_format.type"},
      {R"(, "response_format": {"type": "json_schema"})", "response_format.json_schema"},
      {R"(, "stream_options": {"include_usage": 1})", "stream_options.include_usage"},
      {R"(, "reasoning_effort": "much")", "reasoning_effort"}};
  for (const auto& [more, field] : refused) {
    const KeptReply reply = ask_with(fake, more);
    EXPECT_EQ(reply.status, 400) << more;
    const Json error = Json::parse(reply.body)["error"];
    EXPECT_EQ(error["type"], "invalid_request_error");
    EXPECT_EQ(error["param"], field) << reply.body;
  }
  EXPECT_TRUE(fake.script.requests.empty());
  fake.script.error = Error{ErrorCode::kContextFull, "1500 of 1000"};
  const Json error = Json::parse(ask_with(fake, "").body)["error"];
  EXPECT_EQ(error["code"], "context_length_exceeded");
  const KeptReply missing = call_with(shape(), *fake.service, chat_completions, R"({"model": "no", )" + kHello + "}");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Json::parse(missing.body)["error"]["code"], "model_not_found");
}

TEST(OpenAiShapes, ABusyServerIsARateLimit) {
  KeptReply reply;
  http::Request request;
  as_route(shape(), [](Call&) { return Outcome(busy("come again")); }, [](std::string_view) {})(request, reply);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.headers.at("Retry-After"), "2");
  const Json error = Json::parse(reply.body)["error"];
  EXPECT_EQ(error["type"], "rate_limit_error");
  EXPECT_EQ(error["message"], "come again");
}

}  // namespace
}  // namespace sotto::api::openai
