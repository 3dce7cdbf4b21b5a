#include "cli/settings.h"

#include <gtest/gtest.h>

#include <set>

namespace sotto::cli {
namespace {

Result<void> set(Settings& settings, std::string_view name, std::string_view value) {
  const Parameter* parameter = find_parameter(name);
  EXPECT_NE(parameter, nullptr) << name;
  return set_parameter(settings, *parameter, value);
}

TEST(Settings, FlagsAndChatNamesFindTheSameParameter) {
  EXPECT_EQ(find_parameter("top-k"), find_parameter("top_k"));
  EXPECT_EQ(find_parameter("num_ctx"), find_parameter("ctx"));
  EXPECT_EQ(find_parameter("num_predict"), find_parameter("max_tokens"));
  EXPECT_EQ(find_parameter(""), nullptr);
  EXPECT_EQ(find_parameter("top"), nullptr);
  EXPECT_EQ(flag_name(*find_parameter("repeat_last_n")), "--repeat-last-n");
}

TEST(Settings, AnAdapterIsAPathAndAScale) {
  const auto is = [](std::string_view text, const AdapterOption& expected) {
    const Result<AdapterOption> adapter = parse_adapter(text);
    ASSERT_TRUE(adapter) << text;
    EXPECT_EQ(*adapter, expected) << text;
    EXPECT_EQ(parse_adapter(describe_adapter(*adapter)).value(), expected) << text;
  };
  is("a.gguf", {"a.gguf", 1});
  is("a.gguf=0.5", {"a.gguf", 0.5f});
  is("a=b/c=-2", {"a=b/c", -2});
  is("a=b", {"a=b", 1});
  is("r=8=1", {"r=8", 1});
  for (const char* text : {"", "=1", "a=inf", "a=nan"}) {
    EXPECT_EQ(parse_adapter(text).error().code, ErrorCode::kBadRequest) << text;
  }
}

TEST(Settings, TheHelpTellsWhatIsTakenWhereNothingIsSet) {
  EXPECT_EQ(describe_default(*find_parameter("top_k")), std::to_string(SamplingOptions().top_k));
  EXPECT_EQ(describe_default(*find_parameter("ctx")), std::to_string(kDefaultCtxTokens));
  EXPECT_EQ(describe_default(*find_parameter("threads")), "0");
  EXPECT_EQ(describe_default(*find_parameter("seed")), "random");
  EXPECT_EQ(describe_default(*find_parameter("temperature")), "0.2 (0.8 with --raw)");
}

TEST(Settings, NamesAreUnique) {
  std::set<std::string> names;
  for (const Parameter& parameter : parameters()) {
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
    if (*parameter.alias == '\0') continue;
    EXPECT_TRUE(names.insert(parameter.alias).second) << parameter.alias;
  }
}

TEST(Settings, ValuesReachTheRequest) {
  Settings settings;
  for (const auto& [name, value] : std::vector<std::pair<const char*, const char*>>{{"seed", "18446744073709551615"},
                                                                                    {"temperature", "0.25"},
                                                                                    {"top_k", "7"},
                                                                                    {"top_p", "0.5"},
                                                                                    {"min_p", "0.125"},
                                                                                    {"typical_p", "0.75"},
                                                                                    {"repeat_penalty", "1.5"},
                                                                                    {"repeat_last_n", "-1"},
                                                                                    {"presence_penalty", "-0.5"},
                                                                                    {"frequency_penalty", "0.5"},
                                                                                    {"max_tokens", "12"}}) {
    EXPECT_TRUE(set(settings, name, value)) << name;
  }
  settings.stop = {"END"};
  settings.ignore_eos = true;
  const Request request = request_for(settings, true);
  EXPECT_EQ(request.sampling.seed, 18446744073709551615u);
  EXPECT_EQ(request.sampling.temperature, 0.25f);
  EXPECT_EQ(request.sampling.top_k, 7);
  EXPECT_EQ(request.sampling.top_p, 0.5f);
  EXPECT_EQ(request.sampling.min_p, 0.125f);
  EXPECT_EQ(request.sampling.typical_p, 0.75f);
  EXPECT_EQ(request.sampling.repeat_penalty, 1.5f);
  EXPECT_EQ(request.sampling.penalty_last_n, -1);
  EXPECT_EQ(request.sampling.presence_penalty, -0.5f);
  EXPECT_EQ(request.sampling.frequency_penalty, 0.5f);
  EXPECT_EQ(request.max_tokens, 12);
  EXPECT_EQ(request.stop, std::vector<std::string>{"END"});
  EXPECT_TRUE(request.ignore_eos);
}

TEST(Settings, BadValuesAreRefusedAndChangeNothing) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> cases = {
      {"seed", {"", "-2", "1.5", "x", "18446744073709551616"}},
      {"temperature", {"", "-0.1", "nan", "inf", "0.5x", " 1"}},
      {"top_k", {"-1", "3.5", "99999999999"}},
      {"top_p", {"-0.1", "1.1"}},
      {"repeat_penalty", {"0", "-1"}},
      {"max_tokens", {"-2", "many"}},
      {"ctx", {"-1", "4k"}},
      {"threads", {"-1", "5000"}},
      {"kv", {"", "int4", "F16"}},
  };
  for (const auto& [name, values] : cases) {
    const Parameter* parameter = find_parameter(name);
    ASSERT_NE(parameter, nullptr);
    for (const char* value : values) {
      Settings settings;
      const Result<void> done = set_parameter(settings, *parameter, value);
      ASSERT_FALSE(done) << name << " took " << value;
      EXPECT_EQ(done.error().code, ErrorCode::kBadRequest);
      EXPECT_NE(done.error().message.find(name), std::string::npos) << done.error().message;
      EXPECT_EQ(parameter->show(settings), parameter->show(Settings())) << name;
    }
  }
}

TEST(Settings, WhatIsShownCanBeSetAgain) {
  Settings settings;
  ASSERT_TRUE(set(settings, "temperature", "0.3"));
  ASSERT_TRUE(set(settings, "seed", "42"));
  Settings copy;
  for (const Parameter& parameter : parameters()) {
    EXPECT_TRUE(set_parameter(copy, parameter, parameter.show(settings))) << parameter.name;
    EXPECT_EQ(parameter.show(copy), parameter.show(settings));
  }
}

TEST(Settings, TheTemperatureSuitsTheRequestUnlessOneIsSet) {
  Settings settings;
  EXPECT_EQ(request_for(settings, true).sampling.temperature, Settings::kChatTemperature);
  EXPECT_EQ(request_for(settings, false).sampling.temperature, SamplingOptions().temperature);
  ASSERT_TRUE(set(settings, "temperature", "0"));
  EXPECT_EQ(request_for(settings, true).sampling.temperature, 0.0f);
  EXPECT_EQ(request_for(settings, false).sampling.temperature, 0.0f);
  ASSERT_TRUE(set(settings, "temperature", "default"));
  EXPECT_EQ(request_for(settings, true).sampling.temperature, Settings::kChatTemperature);
}

TEST(Settings, RepetitionIsPenalizedUnlessTurnedOff) {
  Settings settings;
  EXPECT_EQ(request_for(settings, true).sampling.repeat_penalty, Settings::kRepeatPenalty);
  EXPECT_EQ(request_for(settings, false).sampling.repeat_penalty, Settings::kRepeatPenalty);
  ASSERT_TRUE(set(settings, "repeat_penalty", "1"));
  EXPECT_EQ(request_for(settings, true).sampling.repeat_penalty, 1.0f);
  EXPECT_EQ(request_for(settings, false).sampling.repeat_penalty, 1.0f);
  ASSERT_TRUE(set(settings, "repeat_penalty", "default"));
  EXPECT_EQ(request_for(settings, true).sampling.repeat_penalty, Settings::kRepeatPenalty);
}

TEST(Settings, ValuesAreDescribedAsTheyTakeEffect) {
  Settings settings;
  const auto describe = [&](const char* name, bool chat) {
    return describe_value(*find_parameter(name), settings, chat);
  };
  EXPECT_EQ(describe("temperature", true), "0.2 (default)");
  EXPECT_EQ(describe("temperature", false), "0.8 (default)");
  EXPECT_EQ(describe("repeat_penalty", true), "1.1 (default)");
  EXPECT_EQ(describe("top_k", true), "40 (default)");
  ASSERT_TRUE(set(settings, "temperature", "0.2"));
  ASSERT_TRUE(set(settings, "top_k", "3"));
  EXPECT_EQ(describe("temperature", true), "0.2");
  EXPECT_EQ(describe("top_k", true), "3");
}

TEST(Settings, ChangesAreDescribed) {
  Settings before, after;
  EXPECT_EQ(describe_changes(before, after), "");
  ASSERT_TRUE(set(after, "temperature", "0.5"));
  ASSERT_TRUE(set(after, "ctx", "512"));
  before.system = "Be brief.";
  after.stop = {"END", "STOP"};
  EXPECT_EQ(describe_changes(before, after),
            "temperature to 0.5, ctx to 512, system to none, stop to \"END\", \"STOP\"");
}

TEST(Settings, WithoutASeedEveryAnswerGetsItsOwn) {
  Settings settings;
  std::set<std::uint64_t> seeds;
  for (int i = 0; i < 8; ++i) seeds.insert(next_seed(settings));
  EXPECT_GT(seeds.size(), 1u);
  ASSERT_TRUE(set(settings, "seed", "5"));
  EXPECT_EQ(next_seed(settings), 5u);
  ASSERT_TRUE(set(settings, "seed", "random"));
  EXPECT_FALSE(settings.seed.has_value());
}

}  // namespace
}  // namespace sotto::cli
