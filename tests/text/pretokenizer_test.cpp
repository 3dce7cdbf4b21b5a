#include "text/pretokenizer.h"

#include <ctime>
#include <set>

#include "support/growth.h"
#include "text/oracle.h"
#include "text/utf8.h"

namespace sotto::text {
namespace {

void expect_same_words(const OracleCase& oracle, const Pretokenizer& pretokenizer) {
  WordSplitter splitter;
  int wrong = 0;
  for (const Expectation& expected : oracle.expectations) {
    const std::string text = replace_invalid_utf8(expected.text);
    const auto found = splitter.split(pretokenizer, text);
    const std::vector<TokenId> ends(found.begin(), found.end());
    if (ends == expected.ends) continue;
    if (++wrong <= 5) {
      ADD_FAILURE() << escaped(expected.text) << "\n  found " << testing::PrintToString(ends) << "\n  expected "
                    << testing::PrintToString(expected.ends);
    }
  }
  EXPECT_EQ(wrong, 0) << "of " << oracle.expectations.size() << " strings";
}

TEST(Pretokenizer, EveryMachineCutsAsThePublishedExpressionsDo) {
  std::vector<std::string> names = {"bailingmoe"};  // published otherwise than the machine it shares
  for (const auto& machine : pretokenizers()) names.emplace_back(machine.name);
  const support::ScratchFolder folder;
  ASSERT_TRUE(run_oracle(folder, names));
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const auto oracle = read_case(folder.file(name + ".bin"));
    expect_same_words(*oracle, *find_pretokenizer(name));
    auto tokenizer = Tokenizer::create(oracle->vocab);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    expect_same_ids(*oracle, **tokenizer);
  }
}

TEST(Pretokenizer, EveryNameHasAMachine) {
  const auto names = pretokenizer_names();
  for (const auto name : names) EXPECT_NE(find_pretokenizer(name), nullptr) << name;
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size()) << "no name stands twice";
  for (const auto name :
       {"default",        "gpt-2",     "phi-2",     "llama-bpe",   "qwen2",      "gpt-4o", "tekken",     "deepseek-llm",
        "deepseek-coder", "falcon",    "starcoder", "refact",      "command-r",  "olmo",   "dbrx",       "mpt",
        "stablelm2",      "poro-chat", "bloom",     "chatglm-bpe", "viking",     "exaone", "minerva-7b", "llama4",
        "smaug-bpe",      "superbpe",  "kimi-k2",   "hunyuan",     "seed-coder", "qwen35", "jina-v2-de"}) {
    EXPECT_NE(find_pretokenizer(name), nullptr) << name;
  }
  EXPECT_EQ(find_pretokenizer(""), nullptr);
}

double seconds_for(const Pretokenizer& pretokenizer, const std::string& text) {
  WordSplitter splitter;
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    timespec start{}, end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    EXPECT_FALSE(splitter.split(pretokenizer, text).empty());
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    best = std::min(
        best, static_cast<double>(end.tv_sec - start.tv_sec) + 1e-9 * static_cast<double>(end.tv_nsec - start.tv_nsec));
  }
  return best;
}

// Texts that make a rule look far ahead, over and over: four times as much may take eight times as
// long, not sixteen.
TEST(Pretokenizer, NoRuleLooksFarAheadTwice) {
  for (const Pretokenizer& machine : pretokenizers()) {
    for (const std::string unit : {" ", "a", "A", "1",
                                   "\xC2\xBD"
                                   "1",
                                   "\xCC\x81",
                                   "\xCC\x81"
                                   "A",
                                   "' ", " \n", "\xE4\xB8\x80",
                                   "\xE4\xB8\x80"
                                   "A",
                                   "<sentinel:0", "IMGIMGA", "1_", "!", "a ", "\xC2\xA0"}) {
      for (const std::string end : {"", "x", "\n"}) {
        std::string text;
        while (text.size() < 20'000) text += unit;
        const std::string longer = text + text + text + text + end;
        EXPECT_TRUE(support::grows_less_than(
            8, [&] { return seconds_for(machine, text + end); }, [&] { return seconds_for(machine, longer); }))
            << machine.name << ", '" << escaped(unit) << "', '" << end << "'";
      }
    }
  }
}

}  // namespace
}  // namespace sotto::text
