#include "api/llamacpp/samplers.h"

#include <gtest/gtest.h>

namespace sotto::api::llamacpp {
namespace {

Options read(const std::string& text, std::vector<std::string>* ignored = nullptr) {
  const Json json = Json::parse(text);
  Findings findings;
  Fields fields(json, "", findings);
  Options options;
  read_numbers(fields, number_options(), options);
  read_samplers(fields, options);
  EXPECT_EQ(findings.problem, "");
  if (ignored != nullptr) *ignored = findings.ignored;
  return options;
}

TEST(Samplers, WhatIsNotNamedIsOff) {
  const Options options = read(R"({"samplers": ["top_p"], "top_p": 0.9, "min_p": 0.1, "temperature": 0.5})");
  EXPECT_EQ(options.top_p, 0.9);
  EXPECT_EQ(options.min_p, 0);
  EXPECT_EQ(options.typical_p, 1);
  EXPECT_EQ(options.temperature, 1);
  EXPECT_EQ(options.repeat_penalty, 1);
  EXPECT_EQ(options.presence_penalty, 0);
  EXPECT_EQ(options.top_k, 0);
}

TEST(Samplers, WhatIsNamedIsLeftToTheOtherFields) {
  const Options options = read(R"({"samplers": ["penalties", "top_k", "typ_p", "top_p", "min_p", "temperature"]})");
  EXPECT_FALSE(options.top_p || options.min_p || options.typical_p || options.temperature || options.repeat_penalty ||
               options.top_k);
  EXPECT_FALSE(read("{}").top_p);
  EXPECT_FALSE(read(R"({"samplers": null})").top_p);
}

TEST(Samplers, TheLikeliestTokenIsNoMatterOfSamplers) {
  EXPECT_EQ(read(R"({"samplers": [], "temperature": 0})").temperature, 0);
}

TEST(Samplers, InfillKeepsWhatIsRatherLikely) {
  EXPECT_EQ(read(R"({"samplers": ["top_k", "top_p", "infill"]})").min_p, 0.2);
  EXPECT_EQ(read(R"({"samplers": ["min_p", "infill"], "min_p": 0.4})").min_p, 0.4);
}

TEST(Samplers, UnknownNamesAreReported) {
  std::vector<std::string> ignored;
  read(R"({"samplers": ["dry", "mirostat", "top_k"]})", &ignored);
  EXPECT_EQ(ignored, std::vector<std::string>{"samplers.mirostat"});
}

}  // namespace
}  // namespace sotto::api::llamacpp
