#include "base/late_library.h"

#include <gtest/gtest.h>

#include <cstddef>

namespace sotto::base {
namespace {

LateLibrary math("libm.so.6", "libc6");
LateLibrary missing("libsotto-has-no-such-library.so.1", "no-such-package");

TEST(LateLibrary, CallsAFunctionAsItsHeaderDeclaresIt) {
  ASSERT_TRUE(math.open());
  ASSERT_TRUE(math.open());
  const LateFunction<double(double)> late_floor(math, "floor");
  EXPECT_EQ(late_floor(2.5), 2.0);
}

TEST(LateLibrary, CallsAFunctionOfAnyNumberOfArguments) {
  LateLibrary c("libc.so.6", "libc6");
  ASSERT_TRUE(c.open());
  const LateFunction<int(char*, std::size_t, const char*, ...)> late_snprintf(c, "snprintf");
  char text[32];
  late_snprintf(text, sizeof text, "%d %s", 7, "words");
  EXPECT_STREQ(text, "7 words");
}

TEST(LateLibrary, SaysWhatToInstall) {
  auto opened = missing.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(opened.error().message.find("libsotto-has-no-such-library.so.1"), std::string::npos);
  EXPECT_NE(opened.error().message.find("install the package no-such-package"), std::string::npos);
}

TEST(LateLibraryDeathTest, IsOpenedBeforeItIsCalled) { EXPECT_DEATH(missing.symbol("floor"), "broken invariant"); }

}  // namespace
}  // namespace sotto::base
