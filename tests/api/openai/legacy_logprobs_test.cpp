#include "api/openai/legacy_logprobs.h"

#include <gtest/gtest.h>

namespace sotto::api::openai {
namespace {

TEST(LegacyLogprobs, StandSideBySide) {
  const std::vector<ChosenToken> tokens = {
      {{1, -0.5f, "Zür"}, {{2, -1.5f, "x"}}}, {{3, -1, "\xff"}, {}}, {{4, -2, "ich"}, {}}};
  std::int64_t offset = 10;
  EXPECT_EQ(legacy_logprobs(tokens, offset), Json::parse(R"({"tokens": ["Zür", "bytes:\\xff", "ich"],
      "token_logprobs": [-0.5, -1.0, -2.0],
      "top_logprobs": [{"x": -1.5, "Zür": -0.5}, {"bytes:\\xff": -1.0}, {"ich": -2.0}],
      "text_offset": [10, 13, 14]})"));
  EXPECT_EQ(offset, 17);
}

}  // namespace
}  // namespace sotto::api::openai
