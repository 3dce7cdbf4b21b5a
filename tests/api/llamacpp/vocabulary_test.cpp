#include "api/llamacpp/vocabulary.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/llamacpp/shapes.h"

namespace sotto::api::llamacpp {
namespace {

struct LlamaCppVocabulary : testing::Test {
  KeptReply ask(Outcome (*handle)(Service&, Call&), const std::string& fields) {
    return call_with(shape(), *fake.service, handle, R"({"model": "fake")" + fields + "}");
  }
  FakeService fake;
};

TEST_F(LlamaCppVocabulary, TokensAndBack) {
  EXPECT_EQ(ask(tokenize, R"(, "content": "AB")").body, R"({"tokens":[65,66]})");
  EXPECT_EQ(ask(tokenize, R"(, "content": "A", "with_pieces": true)").body, R"({"tokens":[{"id":65,"piece":"A"}]})");
  EXPECT_EQ(ask(detokenize, R"(, "tokens": [65, 66])").body, R"({"content":"AB"})");
  EXPECT_EQ(ask(detokenize, R"(, "tokens": ["x"])").status, 400);
  EXPECT_EQ(ask(detokenize, R"(, "tokens": [4294967296])").status, 400);
}

TEST_F(LlamaCppVocabulary, ATemplateIsAppliedAndNothingIsWritten) {
  const KeptReply reply = ask(apply_template, R"(, "messages": [{"role": "system", "content": "be brief"},
                                                  {"role": "user", "content": "hi"}])");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"prompt":"0be brief\n1hi\n"})");
  EXPECT_TRUE(fake.script.requests.empty());
  EXPECT_EQ(ask(apply_template, "").status, 400);
  fake.script.info.has_chat_template = false;
  EXPECT_EQ(ask(apply_template, R"(, "messages": [{"role": "user", "content": "hi"}])").status, 400);
}

}  // namespace
}  // namespace sotto::api::llamacpp
