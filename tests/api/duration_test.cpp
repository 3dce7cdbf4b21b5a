#include "api/duration.h"

#include <gtest/gtest.h>

namespace sotto::api {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Duration, TakesEveryFormThatClientsWrite) {
  const std::pair<const char*, KeepAlive> forms[] = {
      {"5m", minutes(5)},
      {"1h30m", minutes(90)},
      {"1.5h", minutes(90)},
      {"300ms", milliseconds(300)},
      {"10", seconds(10)},
      {"0", seconds(0)},
      {"0s", seconds(0)},
      {"-0", seconds(0)},
      {"24h", hours(24)},
      {"-1", kForever},
      {"-1m", kForever},
      {"+2s", seconds(2)},
      {"1000000000h", kForever},
      {"1us", milliseconds(1)},
      {"1m0.5s", milliseconds(60'500)},
  };
  for (const auto& [text, expected] : forms) {
    const auto parsed = parse_keep_alive(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), expected.count()) << text;
  }
}

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text : {"", "-", "m", "5x", "5m3", "five", "5 m", "--1", "nan", "inf", "1e3", "5m-3s", "1..2s"}) {
    const auto parsed = parse_keep_alive(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(parsed.error().message.find("is no duration"), std::string::npos);
  }
}

std::optional<KeepAlive> read_field(const char* body, Findings& findings) {
  const auto json = parse_body(body);
  Fields fields(*json, "", findings);
  return read_keep_alive(fields, "keep_alive");
}

TEST(Duration, ReadsFieldsOfNumbersAndTexts) {
  Findings findings;
  EXPECT_EQ(read_field(R"({"keep_alive": 90})", findings), KeepAlive(seconds(90)));
  EXPECT_EQ(read_field(R"({"keep_alive": 0.5})", findings), KeepAlive(milliseconds(500)));
  EXPECT_EQ(read_field(R"({"keep_alive": -1})", findings), kForever);
  EXPECT_EQ(read_field(R"({"keep_alive": 0})", findings), KeepAlive(0));
  EXPECT_EQ(read_field(R"({"keep_alive": "5m"})", findings), KeepAlive(minutes(5)));
  EXPECT_EQ(read_field(R"({"keep_alive": null})", findings), std::nullopt);
  EXPECT_EQ(read_field("{}", findings), std::nullopt);
  EXPECT_EQ(findings.problem, "");
  EXPECT_EQ(read_field(R"({"keep_alive": ["5m"]})", findings), std::nullopt);
  EXPECT_NE(findings.problem.find("keep_alive: "), std::string::npos) << findings.problem;
}

}  // namespace
}  // namespace sotto::api
