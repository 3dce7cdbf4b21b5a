#include "api/ollama/context.h"

#include <gtest/gtest.h>

namespace sotto::api::ollama {
namespace {

TEST(Context, ComesBackAsItWas) {
  const std::vector<Message> said = {
      {Role::kSystem, "Be brief."}, {Role::kUser, "H\xC3\xA9\x01\"\\ <|im_start|>"}, {Role::kAssistant, ""}};
  const Json numbers = pack_context(said);
  for (const Json& number : numbers) EXPECT_TRUE(number.is_number_integer());
  const auto back = unpack_context(numbers);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), said.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    EXPECT_EQ((*back)[i].role, said[i].role);
    EXPECT_EQ((*back)[i].content, said[i].content);
  }
  EXPECT_TRUE(unpack_context(Json::array())->empty());
}

TEST(Context, NumbersOfOthersAreRefused) {
  Json damaged = pack_context({{Role::kUser, "hello"}});
  damaged.erase(damaged.end() - 1);
  Json longer = pack_context({{Role::kUser, "hello"}});
  longer[1] = 1u << 30;
  for (const Json& numbers : {Json::parse("[1, 2, 3]"), Json::parse("[5459796]"), Json::parse("[5459796, 4, \"x\", 1]"),
                              Json::parse("[5459796, -1, 2]"), Json::parse("[5459796, 2, 32123]"), damaged, longer}) {
    const auto refused = unpack_context(numbers);
    ASSERT_FALSE(refused) << numbers.dump();
    EXPECT_EQ(refused.error().code, ErrorCode::kBadRequest);
  }
}

}  // namespace
}  // namespace sotto::api::ollama
