#include "api/truncate.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api {
namespace {

TEST(Truncate, CutsBehindAWholeCharacter) {
  Script script;
  script.info.ctx_tokens = 5;
  FakeEngine engine(script);
  std::string text = "abc\xC3\xA9xyz";  // a token a byte
  const auto fitted = fit_text(engine, text, true);
  ASSERT_TRUE(fitted);
  EXPECT_TRUE(fitted->cut);
  EXPECT_EQ(text, "abc\xC3\xA9");
  EXPECT_EQ(fitted->n_tokens, 5u);
  text = "abcd\xC3\xA9xyz";
  ASSERT_TRUE(fit_text(engine, text, true));
  EXPECT_EQ(text, "abcd");
}

TEST(Truncate, LeavesWhatFitsAndWhatMayNotBeCut) {
  Script script;
  script.info.ctx_tokens = 5;
  FakeEngine engine(script);
  std::string text = "abcde";
  EXPECT_FALSE(fit_text(engine, text, true)->cut);
  text = "abcdef";
  const auto fitted = fit_text(engine, text, false);
  EXPECT_FALSE(fitted->cut);
  EXPECT_EQ(fitted->n_tokens, 6u);
  EXPECT_EQ(text, "abcdef");
}

}  // namespace
}  // namespace sotto::api
