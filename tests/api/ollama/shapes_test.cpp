#include "api/ollama/shapes.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api::ollama {
namespace {

Outcome read_and_show(Service&, Call& call) {
  Ask ask;
  const bool stream = read_ask(call, ask);
  if (auto wrong = call.check()) return wrong;
  call.send({{"model", ask.model}, {"schema", ask.json_schema}, {"stream", stream}, {"truncate", ask.truncate}});
  return std::nullopt;
}

TEST(OllamaShapes, ReadsWhatGenerateAndChatShare) {
  FakeService fake;
  const auto read = [&](const std::string& body) { return call_with(shape(), *fake.service, read_and_show, body); };
  EXPECT_EQ(read(R"({"model": "a"})").body, R"({"model":"a","schema":"","stream":true,"truncate":false})");
  EXPECT_EQ(Json::parse(read(R"({"model": "a", "format": "json"})").body)["schema"], R"({"type":"object"})");
  EXPECT_EQ(
      Json::parse(
          read(R"({"model": "a", "format": {"type": "object", "properties": {"z": {}, "a": {}}}})").body)["schema"],
      R"({"type":"object","properties":{"z":{},"a":{}}})");
  EXPECT_EQ(Json::parse(read(R"({"model": "a", "format": ""})").body)["schema"], "");
  for (const char* body :
       {R"({})", R"({"model": ""})", R"({"model": "a", "format": 3})", R"({"model": "a", "keep_alive": "x"})",
        R"({"model": "a", "options": []})", R"({"model": "a", "think": "much"})"})
    EXPECT_EQ(read(body).status, 400) << body;
}

TEST(OllamaShapes, NamesHaveTags) {
  EXPECT_EQ(tagged("mine"), "mine:latest");
  EXPECT_EQ(tagged("a:b"), "a:b");
}

TEST(OllamaShapes, FiguresAreNanoseconds) {
  Answer answer;
  answer.total_ms = 1.5;
  answer.usage.prefill_ms = 0.25;
  answer.finish = FinishReason::kContextFull;
  Json object = Json::object();
  add_figures(object, answer);
  EXPECT_EQ(object["total_duration"], 1'500'000);
  EXPECT_EQ(object["prompt_eval_duration"], 250'000);
  EXPECT_EQ(object["done_reason"], "length");
  EXPECT_FALSE(object.contains("truncated_messages"));
  answer.dropped_messages = 2;
  add_figures(object, answer);
  EXPECT_EQ(object["truncated_messages"], 2);
}

}  // namespace
}  // namespace sotto::api::ollama
