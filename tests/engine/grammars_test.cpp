#include "engine/grammars.h"

#include <gtest/gtest.h>

#include "engine/fake_model.h"

namespace sotto::engine {
namespace {

Request with_schema(std::string schema) {
  Request request;
  request.json_schema = std::move(schema);
  return request;
}

TEST(Grammars, AreKept) {
  const FakeTokenizer tokenizer;
  Grammars grammars(tokenizer);
  const auto first = grammars.find(with_schema("true")), again = grammars.find(with_schema("true"));
  ASSERT_TRUE(first && again);
  EXPECT_NE(*first, nullptr);
  EXPECT_EQ(*first, *again);
  for (std::size_t i = 0; i < Grammars::kMostKept; ++i)
    ASSERT_TRUE(grammars.find(with_schema("{\"const\": " + std::to_string(i) + "}")));
  EXPECT_NE(*grammars.find(with_schema("true")), *first);
}

TEST(Grammars, ASchemaIsNoGrammar) {
  const FakeTokenizer tokenizer;
  Grammars grammars(tokenizer);
  Request request;
  EXPECT_EQ(*grammars.find(request), nullptr);
  request.grammar = "root ::= \"a\"";
  EXPECT_TRUE(grammars.find(request));
  EXPECT_FALSE(grammars.find(with_schema("root ::= \"a\"")));
  request.json_schema = "true";
  const auto both = grammars.find(request);
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(grammars.find(with_schema(R"({"not": {}})")).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace sotto::engine
