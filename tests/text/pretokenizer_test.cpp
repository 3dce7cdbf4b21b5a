#include "text/pretokenizer.h"

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

}  // namespace
}  // namespace sotto::text
