#include "api/options.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sotto::api {
namespace {

Options read_options(const char* text, Findings& findings) {
  Options options;
  read_ollama_options(*parse_body(text), "options", findings, options);
  return options;
}

TEST(Options, EachHasItsName) {
  Findings findings;
  const Options options = read_options(R"({"temperature": 0.5, "top_p": 0.9, "min_p": 0.1, "typical_p": 0.8, "top_k": 7,
      "repeat_penalty": 1.3, "repeat_last_n": -1, "presence_penalty": 0.25, "frequency_penalty": -0.5, "seed": 9,
      "num_predict": 12, "num_ctx": 2048, "stop": ["a", "b"], "mirostat": 1})",
                                       findings);
  EXPECT_EQ(findings.problem, "");
  EXPECT_EQ(findings.ignored, std::vector<std::string>{"options.mirostat"});
  Request request;
  apply(options, true, 3, request);
  EXPECT_EQ(request.sampling.temperature, 0.5f);
  EXPECT_EQ(request.sampling.top_p, 0.9f);
  EXPECT_EQ(request.sampling.min_p, 0.1f);
  EXPECT_EQ(request.sampling.typical_p, 0.8f);
  EXPECT_EQ(request.sampling.top_k, 7);
  EXPECT_EQ(request.sampling.repeat_penalty, 1.3f);
  EXPECT_EQ(request.sampling.penalty_last_n, -1);
  EXPECT_EQ(request.sampling.presence_penalty, 0.25f);
  EXPECT_EQ(request.sampling.frequency_penalty, -0.5f);
  EXPECT_EQ(request.sampling.seed, 9u);
  EXPECT_EQ(request.max_tokens, 12);
  EXPECT_EQ(request.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options.ctx_tokens, 2048);
}

TEST(Options, BadOnesAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"temperature": "warm"})", "options.temperature: a number is wanted, found a string"},
      {R"({"temperature": -1})", "options.temperature: a number from 0 to 100 is wanted, found -1"},
      {R"({"top_k": 1.5})", "options.top_k: a whole number is wanted, found a fraction"},
      {R"({"num_predict": 2147483648})", "options.num_predict: a whole number from -2 to 2147483647 is wanted"},
      {R"({"stop": [""]})", "options.stop: an empty string would end every answer"},
      {R"({"stop": [3]})", "options.stop[0]: a string is wanted"},
  };
  for (const auto& [text, problem] : cases) {
    Findings findings;
    (void)read_options(text, findings);
    EXPECT_TRUE(findings.problem.starts_with(problem)) << findings.problem;
  }
}

TEST(Options, WhatIsNotSetComesFromBelow) {
  Findings findings;
  const Options over = read_options(R"({"temperature": 0.5, "stop": []})", findings);
  const Options under = read_options(R"({"temperature": 0.9, "top_k": 3, "stop": ["x"]})", findings);
  const Options both = layered(over, under);
  EXPECT_EQ(both.temperature, 0.5);
  EXPECT_EQ(both.top_k, 3);
  EXPECT_EQ(both.stop, std::vector<std::string>());
}

TEST(Options, DefaultsAreThoseOfTheTerminal) {
  Request chat, text;
  apply({}, true, 5, chat);
  apply({}, false, 5, text);
  EXPECT_FLOAT_EQ(chat.sampling.temperature, 0.2f);
  EXPECT_FLOAT_EQ(text.sampling.temperature, 0.8f);
  EXPECT_FLOAT_EQ(chat.sampling.repeat_penalty, 1.1f);
  EXPECT_EQ(chat.sampling.top_k, SamplingOptions().top_k);
  EXPECT_EQ(chat.sampling.seed, 5u);
  EXPECT_EQ(chat.max_tokens, -1);
}

TEST(Options, AssistantsSpellThemAsTexts) {
  const std::pair<std::string, std::string> parameters[] = {
      {"temperature", "0.5"}, {"max_tokens", "20"}, {"ctx", "512"},   {"stop", "a"},
      {"stop", "b"},          {"seed", "random"},   {"think", "off"}, {"kv", "f16"}};
  const auto options = options_of_parameters(parameters, "pirate");
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->temperature, 0.5);
  EXPECT_EQ(options->max_tokens, 20);
  EXPECT_EQ(options->ctx_tokens, 512);
  EXPECT_EQ(options->stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(options->thinking->mode, Thinking::Mode::kOff);
  EXPECT_FALSE(options->seed);
  const std::pair<std::string, std::string> bad[] = {{"temperature", "hot"}};
  const auto refused = options_of_parameters(bad, "pirate");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the assistant pirate: temperature"), std::string::npos);
}

TEST(Options, ThoughtsAreAskedForInManyWords) {
  using Mode = Thinking::Mode;
  const std::pair<const char*, Mode> words[] = {{"true", Mode::kOn},    {"false", Mode::kOff},
                                                {"\"low\"", Mode::kOn}, {"\"none\"", Mode::kOff},
                                                {"64", Mode::kOn},      {"\"default\"", Mode::kTemplate}};
  for (const auto& [word, mode] : words) {
    const auto thinking = parse_thinking(Json::parse(word));
    ASSERT_TRUE(thinking) << word;
    EXPECT_EQ(thinking->mode, mode) << word;
  }
  EXPECT_EQ(parse_thinking(64)->max_tokens, 64);
  for (const char* word : {"\"much\"", "-4", "1.5", "[]"}) EXPECT_FALSE(parse_thinking(Json::parse(word))) << word;
}

}  // namespace
}  // namespace sotto::api
