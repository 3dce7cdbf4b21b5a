#include "engine/sampler.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <limits>

#include <nlohmann/json.hpp>

#include "support/python.h"

namespace sotto::engine {
namespace {

using nlohmann::json;
constexpr float kInf = std::numeric_limits<float>::infinity();

SamplingOptions all_off() {
  SamplingOptions options;
  options.top_k = 0;
  options.top_p = 1;
  options.min_p = 0;
  options.temperature = 1;
  return options;
}

std::vector<float> random_logits(std::size_t n, Rng& rng) {
  std::vector<float> logits(n);
  for (float& logit : logits) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += rng.uniform() - 0.5;
    logit = static_cast<float>(sum * 6);
  }
  return logits;
}

Sampler make(const SamplingOptions& options, int n_vocab = 1000) {
  auto sampler = Sampler::create(options, n_vocab);
  EXPECT_TRUE(sampler) << sampler.error().message;
  return std::move(*sampler);
}

Token sample(Sampler& sampler, std::vector<float> logits) {
  auto token = sampler.sample(logits);
  EXPECT_TRUE(token) << token.error().message;
  return token ? *token : -1;
}

// Options that exercise each field alone and all of them together.
std::vector<SamplingOptions> many_options() {
  std::vector<SamplingOptions> all;
  const auto add = [&all](auto change) {
    SamplingOptions options = all_off();
    change(options);
    all.push_back(options);
  };
  add([](SamplingOptions&) {});
  for (const float t : {0.0f, 0.3f, 1.7f}) add([=](SamplingOptions& o) { o.temperature = t; });
  for (const int k : {1, 7, 40, 5000}) add([=](SamplingOptions& o) { o.top_k = k; });
  for (const float p : {0.01f, 0.5f, 0.95f}) {
    add([=](SamplingOptions& o) { o.typical_p = p; });
    add([=](SamplingOptions& o) { o.top_p = p; });
    add([=](SamplingOptions& o) { o.min_p = p; });
  }
  add([](SamplingOptions& o) { o.logit_bias = {{3, 2.5f}, {5, -kInf}, {3, 1.0f}}; });
  add([](SamplingOptions& o) { o.repeat_penalty = 1.4f; });
  add([](SamplingOptions& o) {
    o.presence_penalty = 0.8f;
    o.penalty_last_n = 5;
  });
  add([](SamplingOptions& o) {
    o.frequency_penalty = 0.7f;
    o.penalty_last_n = -1;
  });
  add([](SamplingOptions& o) {
    o.frequency_penalty = 0.7f;
    o.penalty_last_n = 0;
  });
  add([](SamplingOptions& o) {
    o = SamplingOptions{};
    o.repeat_penalty = 1.1f;
    o.presence_penalty = -0.5f;
    o.frequency_penalty = 0.2f;
    o.typical_p = 0.9f;
    o.logit_bias = {{1, 3.0f}};
  });
  return all;
}

json question(const std::vector<float>& logits, const std::vector<Token>& recent, const SamplingOptions& o) {
  json bias = json::array();
  for (const auto& [token, value] : o.logit_bias) bias.push_back(json::array({token, value}));
  return {{"logits", logits},
          {"recent", recent},
          {"logit_bias", bias},
          {"repeat_penalty", o.repeat_penalty},
          {"presence_penalty", o.presence_penalty},
          {"frequency_penalty", o.frequency_penalty},
          {"penalty_last_n", o.penalty_last_n},
          {"top_k", o.top_k},
          {"typical_p", o.typical_p},
          {"top_p", o.top_p},
          {"min_p", o.min_p},
          {"temperature", o.temperature}};
}

struct Case {
  SamplingOptions options;
  std::vector<float> logits;
  std::vector<Token> recent;
};

std::vector<Case> many_cases(std::size_t n_vocab) {
  Rng rng(11);
  std::vector<Case> cases;
  for (const SamplingOptions& options : many_options()) {
    Case c{options, random_logits(n_vocab, rng), {}};
    for (int i = 0; i < 100; ++i) c.recent.push_back(static_cast<Token>(rng.next() % 20));
    cases.push_back(c);
  }
  return cases;
}

std::vector<json> ask_oracle(const std::vector<Case>& cases) {
  std::vector<json> questions;
  for (const Case& c : cases) questions.push_back(question(c.logits, c.recent, c.options));
  const support::ScratchFolder folder;
  const std::string in = folder.file("questions.jsonl"), out = folder.file("answers.jsonl");
  {
    std::ofstream file(in);
    for (const json& question : questions) file << question << '\n';
  }
  std::vector<json> answers;
  if (support::run_python("oracle_sampling.py", {in, out}) != 0) return answers;
  std::ifstream file(out);
  for (std::string line; std::getline(file, line);) answers.push_back(json::parse(line));
  return answers;
}

TEST(Sampler, KeepsExactlyWhatTheOracleKeeps) {
  const auto cases = many_cases(600);
  const auto answers = ask_oracle(cases);
  ASSERT_EQ(answers.size(), cases.size()) << "needs Python with numpy: set SOTTO_PYTHON";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Sampler sampler = make(cases[i].options);
    for (const Token token : cases[i].recent) sampler.accept(token);
    std::vector<float> logits = cases[i].logits;
    ASSERT_TRUE(sampler.sample(logits));
    if (cases[i].options.temperature == 0) continue;  // nothing is kept but the answer
    std::vector<Candidate> kept(sampler.candidates().items().begin(), sampler.candidates().items().end());
    std::sort(kept.begin(), kept.end(), [](auto& a, auto& b) { return a.token < b.token; });
    std::erase_if(kept, [](const Candidate& c) { return c.weight == 0; });
    const auto tokens = answers[i]["tokens"].get<std::vector<Token>>();
    const auto p = answers[i]["p"].get<std::vector<double>>();
    ASSERT_EQ(kept.size(), tokens.size()) << "case " << i;
    for (std::size_t j = 0; j < kept.size(); ++j) {
      ASSERT_EQ(kept[j].token, tokens[j]) << "case " << i;
      ASSERT_NEAR(kept[j].weight / sampler.candidates().total_weight(), p[j], 1e-6) << "case " << i;
    }
  }
}

TEST(Sampler, DrawsAsOftenAsTheOracleSays) {
  const auto cases = many_cases(40);
  const auto answers = ask_oracle(cases);
  ASSERT_EQ(answers.size(), cases.size()) << "needs Python with numpy: set SOTTO_PYTHON";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SamplingOptions options = cases[i].options;
    options.seed = 1000 + i;
    Sampler sampler = make(options);
    for (const Token token : cases[i].recent) sampler.accept(token);
    constexpr int kDraws = 20000;
    std::vector<int> seen(40);
    for (int n = 0; n < kDraws; ++n) ++seen[static_cast<std::size_t>(sample(sampler, cases[i].logits))];
    double chi_square = 0, rare_expected = 0, rare_seen = 0;
    int bins = 0;
    const auto count = [&](double expected, double n) {
      if (expected == 0) return;
      chi_square += (n - expected) * (n - expected) / expected;
      ++bins;
    };
    for (std::size_t j = 0; j < answers[i]["tokens"].size(); ++j) {
      const double expected = answers[i]["p"][j].get<double>() * kDraws;
      int& n = seen[answers[i]["tokens"][j].get<std::size_t>()];
      if (expected >= 5) {
        count(expected, n);
      } else {  // too rare for the statistic to hold: counted together
        rare_expected += expected;
        rare_seen += n;
      }
      n = 0;
    }
    count(rare_expected, rare_seen);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 40) << "case " << i << ": drew what it must not";
    // Wilson and Hilferty's bound of chi-square at p = 0.0001.
    const double freedom = std::max(bins - 1, 1), part = 2 / (9 * freedom);
    EXPECT_LT(chi_square, freedom * std::pow(1 - part + 3.719 * std::sqrt(part), 3)) << "case " << i;
  }
}

TEST(Sampler, GreedyTakesTheHighestAndOfEqualOnesTheFirst) {
  SamplingOptions options;
  options.temperature = 0;
  Sampler sampler = make(options);
  EXPECT_EQ(sample(sampler, {-5, -1, -1, -3}), 1);
  EXPECT_EQ(sample(sampler, {-kInf, -kInf, -1e30f}), 2);
}

TEST(Sampler, TheSameSeedGivesTheSameTokensAndAnotherSeedOthers) {
  Rng rng(5);
  std::vector<std::vector<float>> steps;
  for (int i = 0; i < 200; ++i) steps.push_back(random_logits(1000, rng));
  const auto run = [&steps](std::uint64_t seed) {
    SamplingOptions options;
    options.seed = seed;
    Sampler sampler = make(options);
    std::vector<Token> tokens;
    for (const auto& logits : steps) tokens.push_back(sample(sampler, logits));
    return tokens;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Sampler, NamesABadOptionItsValueAndWhatIsAllowed) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto refused = [](auto change, const std::string& field, const std::string& value) {
    SamplingOptions options;
    change(options);
    auto sampler = Sampler::create(options, 100);
    ASSERT_FALSE(sampler) << field;
    EXPECT_EQ(sampler.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(sampler.error().message.find(field), std::string::npos) << sampler.error().message;
    EXPECT_NE(sampler.error().message.find(value), std::string::npos) << sampler.error().message;
  };
  refused([](auto& o) { o.top_k = -3; }, "top_k", "-3");
  refused([](auto& o) { o.top_p = 1.5f; }, "top_p", "1.5");
  refused([](auto& o) { o.min_p = -0.5f; }, "min_p", "-0.5");
  refused([](auto& o) { o.typical_p = 2; }, "typical_p", "2");
  refused([&](auto& o) { o.temperature = nan; }, "temperature", "nan");
  refused([](auto& o) { o.temperature = kInf; }, "temperature", "inf");
  refused([](auto& o) { o.repeat_penalty = 0; }, "repeat_penalty", "0");
  refused([&](auto& o) { o.presence_penalty = nan; }, "presence_penalty", "nan");
  refused([](auto& o) { o.frequency_penalty = 1e9f; }, "frequency_penalty", "1000000000");
  refused([](auto& o) { o.penalty_last_n = -2; }, "penalty_last_n", "-2");
  refused([](auto& o) { o.logit_bias = {{1, 0.f}, {100, 1.f}}; }, "logit_bias[1]", "100");
  refused([](auto& o) { o.logit_bias = {{-1, 1.f}}; }, "logit_bias[0]", "-1");
  refused([](auto& o) { o.logit_bias = {{1, kInf}}; }, "logit_bias[0]", "inf");
}

TEST(Sampler, DamagedLogitsAreAnError) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInf})
    for (const float temperature : {0.0f, 0.8f}) {
      SamplingOptions options;
      options.temperature = temperature;
      Sampler sampler = make(options);
      std::vector<float> logits(1000, 1.0f);
      logits[777] = bad;
      auto token = sampler.sample(logits);
      ASSERT_FALSE(token);
      EXPECT_EQ(token.error().code, ErrorCode::kBadFile);
    }
}

TEST(Sampler, ForbiddingEveryTokenIsAnError) {
  for (const float temperature : {0.0f, 0.8f}) {
    SamplingOptions options;
    options.temperature = temperature;
    options.logit_bias = {{0, -kInf}, {1, -kInf}};
    Sampler sampler = make(options, 2);
    std::vector<float> logits{1, 2};
    auto token = sampler.sample(logits);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, ErrorCode::kBadRequest);
  }
}

// Nothing a caller may ask for can make arithmetic overflow into something that is no number.
TEST(Sampler, ExtremeValuesStillDrawAToken) {
  for (const float level : {-3e38f, 0.0f, 3e38f})
    for (const float temperature : {1e-38f, 1.0f, 3e38f}) {
      SamplingOptions options;
      options.temperature = temperature;
      options.repeat_penalty = 0.01f;
      options.presence_penalty = -100;
      options.logit_bias = {{0, 1e30f}, {1, -1e30f}};
      Sampler sampler = make(options, 4);
      for (const Token t : {0, 1, 2}) sampler.accept(t);
      const Token drawn = sample(sampler, {level, -level, level, 0});
      EXPECT_TRUE(drawn >= 0 && drawn < 4);
    }
}

TEST(Sampler, IsCheapAgainstALargeVocabulary) {
  Rng rng(9);
  const std::vector<float> logits = random_logits(262144, rng);
  std::vector<float> scratch = logits;
  const auto cost_ms = [&](const SamplingOptions& options) {
    Sampler sampler = make(options, 262144);
    const std::clock_t start = std::clock();  // processor time: other programs do not count
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(sampler.sample(scratch));
    return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / 20;
  };
  SamplingOptions greedy, no_top_k;
  greedy.temperature = 0;
  no_top_k.top_k = 0;
  std::printf(
      "262,144 tokens: greedy %.2f ms, default %.2f ms, all off %.2f ms, top-p without top-k %.2f "
      "ms\n",
      cost_ms(greedy), cost_ms({}), cost_ms(all_off()), cost_ms(no_top_k));
  EXPECT_LT(cost_ms({}),
            20);  // far above what it costs: only a full sort on a busy machine would pass it
}

// Logits that n_best() and append_adjusted() say need not be there, left out: the same tokens all along.
TEST(Sampler, NeedsNoMoreThanTheBestAndTheAdjusted) {
  Rng rng(31);
  for (SamplingOptions options : many_options()) {
    for (const auto& [repeat, bias] : {std::pair{1.0f, 0.0f}, {1.3f, 4.0f}, {0.5f, -kInf}}) {
      options.repeat_penalty = repeat;
      options.logit_bias = {{3, bias}, {500, 1.5f}};
      Sampler whole = make(options), part = make(options);
      if (part.n_best() == 0) continue;
      for (int i = 0; i < 20; ++i) {
        const auto all = random_logits(1000, rng);
        std::vector<Token> adjusted;
        part.append_adjusted(adjusted);
        std::vector<bool> keep(all.size());
        for (const Token token : adjusted) keep[static_cast<std::size_t>(token)] = true;
        std::vector<float> others;
        for (std::size_t t = 0; t < all.size(); ++t) {
          if (!keep[t]) others.push_back(all[t]);
        }
        std::sort(others.begin(), others.end(), std::greater<>());
        const float least = others[std::min(others.size(), static_cast<std::size_t>(part.n_best())) - 1];
        auto some = all;
        for (std::size_t t = 0; t < all.size(); ++t) {
          if (!keep[t] && all[t] < least) some[t] = -kInf;
        }
        const Token expected = sample(whole, all);
        EXPECT_EQ(sample(part, some), expected);
        whole.accept(expected);
        part.accept(expected);
      }
    }
  }
}

}  // namespace
}  // namespace sotto::engine
