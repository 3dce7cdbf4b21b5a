#include "api/llamacpp/rerank.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/llamacpp/shapes.h"

namespace sotto::api::llamacpp {
namespace {

// The fake's vectors are (length of the text, 0.1), so that longer texts are more alike.
struct Rerank : testing::Test {
  Rerank() {
    fake.script.info.embedding_dim = 2;
    fake.script.info.ctx_tokens = 50;
  }
  KeptReply ask(const std::string& fields) {
    return call_with(shape(), *fake.service, rerank, R"({"model": "fake", )" + fields + "}");
  }
  FakeService fake;
};

TEST_F(Rerank, DocumentsComeInTheOrderOfTheirLikeness) {
  const KeptReply reply = ask(R"("query": "ab", "documents": ["x", "xxx", {"text": "xx"}, "x"])");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Json json = Json::parse(reply.body);
  std::vector<int> order;
  for (const Json& result : json["results"]) order.push_back(result["index"]);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 0, 3})) << "of equals the first one first";
  EXPECT_NEAR(json["results"][0]["relevance_score"], 2 * 3 + 0.1 * 0.1, 1e-6);
  EXPECT_EQ(json["usage"]["total_tokens"], 2 + 1 + 3 + 2 + 1);
  EXPECT_FALSE(json["results"][0].contains("document"));
}

TEST_F(Rerank, TheBestOnesWithTheirTexts) {
  const Json json =
      Json::parse(ask(R"("query": "ab", "documents": ["x", "xxx"], "top_n": 1, "return_documents": true)").body);
  ASSERT_EQ(json["results"].size(), 1u);
  EXPECT_EQ(json["results"][0]["document"]["text"], "xxx");
  EXPECT_EQ(Json::parse(ask(R"("query": "a", "documents": ["x"], "top_n": 9)").body)["results"].size(), 1u);
  EXPECT_EQ(Json::parse(ask(R"("query": "a", "documents": ["x"], "top_n": 0)").body)["results"].size(), 0u);
}

TEST_F(Rerank, WhatIsCutIsTold) {
  const std::string large(60, 'x');
  EXPECT_EQ(ask(R"("query": "a", "documents": [")" + large + R"("])").status, 400);
  const KeptReply reply =
      ask(R"("truncate": true, "query": ")" + large + R"(", "documents": ["x", ")" + large + R"("])");
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.headers.at("X-Sotto-Truncated"), "query, 1");
}

TEST_F(Rerank, WhatIsWrongIsNamed) {
  for (const char* fields : {R"("documents": ["x"])", R"("query": "a")", R"("query": "a", "documents": [])",
                             R"("query": "a", "documents": [1])", R"("query": "a", "documents": [{"title": "x"}])",
                             R"("query": "a", "documents": "x")", R"("query": "a", "documents": ["x"], "top_n": -1)"})
    EXPECT_EQ(ask(fields).status, 400) << fields;
}

}  // namespace
}  // namespace sotto::api::llamacpp
