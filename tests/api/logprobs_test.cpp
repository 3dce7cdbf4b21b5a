#include "api/logprobs.h"

#include <gtest/gtest.h>

#include <limits>

namespace sotto::api {
namespace {

int read(const char* body, std::string& problem) {
  const Json json = Json::parse(body);
  Findings findings;
  Fields fields(json, "", findings);
  const int n_top = read_logprobs(fields);
  problem = findings.field;
  return n_top;
}

TEST(Logprobs, AreReadAsAFlagAndANumber) {
  std::string problem;
  EXPECT_EQ(read("{}", problem), -1);
  EXPECT_EQ(read(R"({"logprobs": false, "top_logprobs": 0})", problem), -1);
  EXPECT_EQ(read(R"({"logprobs": true})", problem), 0);
  EXPECT_EQ(read(R"({"logprobs": true, "top_logprobs": 20})", problem), 20);
  EXPECT_EQ(problem, "");
  for (const char* body :
       {R"({"top_logprobs": 1})", R"({"logprobs": true, "top_logprobs": 21})", R"({"top_logprobs": -1})"}) {
    read(body, problem);
    EXPECT_EQ(problem, "top_logprobs") << body;
  }
}

TEST(Logprobs, BytesTellWhatTextCannot) {
  const ChosenToken half{{5, -0.25f, "\xe2\x82"}, {}};
  const Json json = Json::parse(dump(logprobs_json({&half, 1})));
  EXPECT_EQ(json, Json::parse(R"([{"token": "\ufffd", "logprob": -0.25, "bytes": [226, 130], "top_logprobs": []}])"));
}

TEST(Logprobs, WhatIsImpossibleIsANumber) {
  EXPECT_EQ(finite_logprob(-std::numeric_limits<float>::infinity()), -9999);
  EXPECT_EQ(finite_logprob(-0.1f), -0.1);
}

}  // namespace
}  // namespace sotto::api
