#include "api/text_forms.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

TEST(TextForms, TimesAreRfc3339) {
  using std::chrono::system_clock;
  EXPECT_EQ(time_text(system_clock::time_point(std::chrono::nanoseconds(0))), "1970-01-01T00:00:00.000000000Z");
  // As `date -u -d @1767225845` has it.
  EXPECT_EQ(time_text(system_clock::time_point(std::chrono::nanoseconds(1767225845'000000042))),
            "2026-01-01T00:04:05.000000042Z");
}

TEST(TextForms, VectorsAreShort) {
  const float vector[] = {0.1f, -2.0f, 1e-9f};
  EXPECT_EQ(dump(vector_json(vector)), "[0.1,-2.0,1e-09]");
}

TEST(TextForms, VectorsInBase64) {
  // As Python's base64.b64encode(struct.pack("<…f", …)) has them: 4, 8 and 12 bytes.
  const float vector[] = {1.0f, -2.0f, 0.1f};
  EXPECT_EQ(vector_base64(std::span(vector, 1)), "AACAPw==");
  EXPECT_EQ(vector_base64(std::span(vector, 2)), "AACAPwAAAMA=");
  EXPECT_EQ(vector_base64(vector), "AACAPwAAAMDNzMw9");
  EXPECT_EQ(vector_base64({}), "");
}

TEST(TextForms, CountsAndNames) {
  EXPECT_EQ(short_count(134'515'008), "135M");
  EXPECT_EQ(short_count(1'235'814'432), "1.2B");
  EXPECT_EQ(short_count(22'000), "22K");
  EXPECT_EQ(fresh_id("x-").size(), 26u);
  EXPECT_NE(fresh_id("x-"), fresh_id("x-"));
  EXPECT_EQ(nanoseconds(1.5), 1'500'000);
}

}  // namespace
}  // namespace sotto::api
