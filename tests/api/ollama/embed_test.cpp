#include "api/ollama/embed.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/ollama/shapes.h"

namespace sotto::api::ollama {
namespace {

struct Encoder : FakeService {
  Encoder() {
    script.info.embedding_dim = 2;
    script.info.ctx_tokens = 10;
  }
};

TEST(Embed, OneTextOrMany) {
  Encoder fake;
  const Json one = Json::parse(call_with(shape(), *fake.service, embed, R"({"model": "fake", "input": "abc"})").body);
  EXPECT_EQ(one["embeddings"], Json::parse("[[3.0, 0.1]]"));
  EXPECT_EQ(one["prompt_eval_count"], 3);
  const Json many =
      Json::parse(call_with(shape(), *fake.service, embed, R"({"model": "fake", "input": ["a", "ab"]})").body);
  EXPECT_EQ(many["embeddings"].size(), 2u);
  const Json older =
      Json::parse(call_with(shape(), *fake.service, embeddings, R"({"model": "fake", "prompt": "abc"})").body);
  EXPECT_EQ(older["embedding"], Json::parse("[3.0, 0.1]"));
}

TEST(Embed, CutsWhenAskedAndSaysSo) {
  Encoder fake;
  const std::string text(20, 'x');
  EXPECT_EQ(call_with(shape(), *fake.service, embed, R"({"model": "fake", "input": ")" + text + "\"}").status, 400);
  const KeptReply cut = call_with(shape(), *fake.service, embed,
                                  R"({"model": "fake", "truncate": true, "input": ["a", ")" + text + "\"]}");
  EXPECT_EQ(cut.status, 200);
  EXPECT_EQ(cut.headers.at("X-Sotto-Truncated"), "1");
}

TEST(Embed, OfModelsThatWriteNothingIsMade) {
  FakeService fake;
  EXPECT_EQ(call_with(shape(), *fake.service, embed, R"({"model": "fake", "input": "abc"})").status, 400);
}

}  // namespace
}  // namespace sotto::api::ollama
