#include "api/openai/models.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/openai/shapes.h"
#include "api/text_forms.h"

namespace sotto::api::openai {
namespace {

TEST(OpenAiModels, OneIsShownByName) {
  FakeService fake;
  const KeptReply reply = call_with(shape(), *fake.service, show_model, "", {{"id", "fake:latest"}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Json::parse(reply.body)["id"], "fake");
  EXPECT_EQ(call_with(shape(), *fake.service, show_model, "", {{"id", "nobody"}}).status, 404);
  EXPECT_EQ(call_with(shape(), *fake.service, show_model, "", {{"id", "../fake"}}).status, 400);
  EXPECT_EQ(Json::parse(call_with(shape(), *fake.service, list_models, "").body)["object"], "list");
}

TEST(OpenAiModels, EmbeddingsInBothForms) {
  FakeService fake;
  fake.script.info.embedding_dim = 2;
  const auto answer = [&](const std::string& more) {
    return call_with(shape(), *fake.service, embeddings, R"({"model": "fake", "input": ["abc", "x"])" + more + "}");
  };
  const Json numbers = Json::parse(answer("").body);
  EXPECT_EQ(numbers["data"][1]["embedding"], Json::parse("[1.0, 0.1]"));
  EXPECT_EQ(numbers["data"][1]["index"], 1);
  EXPECT_EQ(numbers["usage"]["total_tokens"], 4);
  const Json text = Json::parse(answer(R"(, "encoding_format": "base64")").body);
  const float expected[] = {3.0f, 0.1f};
  EXPECT_EQ(text["data"][0]["embedding"], vector_base64(expected));
  EXPECT_EQ(answer(R"(, "encoding_format": "hex")").status, 400);
  EXPECT_EQ(answer(R"(, "dimensions": 1)").status, 400);
  EXPECT_EQ(call_with(shape(), *fake.service, embeddings, R"({"model": "fake", "input": [1, 2]})").status, 400);
}

}  // namespace
}  // namespace sotto::api::openai
