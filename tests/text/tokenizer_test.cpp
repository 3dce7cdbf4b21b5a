// What a tokenizer refuses to be made of, and how its time grows with the text.
#include "text/tokenizer.h"

#include <ctime>

#include "support/growth.h"
#include "text/support.h"

namespace sotto::text {
namespace {

TEST(Tokenizer, RefusesWhatItCannotBeMadeOf) {
  EXPECT_EQ(VocabBuilder("gpt2", "gpt-2").error().code, ErrorCode::kBadFile);

  VocabBuilder builder("gpt2", "no-such-pre");
  builder.add("a");
  EXPECT_EQ(builder.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(builder.error().message.find("'no-such-pre'"), std::string::npos);
  EXPECT_NE(builder.error().message.find("llama-bpe"), std::string::npos) << "names the known ones";

  builder.fields().model = "no-such-model";
  EXPECT_EQ(builder.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(builder.error().message.find("gpt2, llama, gemma4, bert"), std::string::npos);

  builder.fields().model = "gpt2";
  builder.fields().pre = "gpt-2";
  builder.fields().eos = 1;
  EXPECT_NE(builder.error().message.find("eos_token_id is 1; expected 0 to 0"), std::string::npos);
  builder.fields().eos = -7;
  EXPECT_EQ(builder.error().code, ErrorCode::kBadFile);
  builder.fields().eos = kNoToken;
  builder.fields().kinds.push_back(TokenKind::kNormal);
  EXPECT_NE(builder.error().message.find("token_type has 2 entries; expected 1"), std::string::npos);
}

TEST(Tokenizer, RefusesMergesThatAreNone) {
  for (const std::string line : {"a", "ab ", " b", "", "a b", "z a", "a z"}) {
    VocabBuilder builder("gpt2", "gpt-2");
    builder.add("a");
    builder.add("b");
    builder.add_merge_line(line);
    const Error error = builder.error();
    EXPECT_EQ(error.code, ErrorCode::kBadFile);
    EXPECT_NE(error.message.find("merges[0] is '" + line + "'"), std::string::npos) << error.message;
  }
}

TEST(Tokenizer, SentencePieceNeedsScores) {
  VocabBuilder builder("llama", "default");
  builder.add("a");
  builder.fields().scores.clear();
  EXPECT_NE(builder.error().message.find("tokenizer.ggml.scores"), std::string::npos);
}

// Of the processor, so that what else the machine does counts little.
double seconds_for(const Tokenizer& tokenizer, const std::string& text) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const double start = now();
    tokenizer.encode(text);
    best = std::min(best, now() - start);
  }
  return best;
}

// The tokenizer that it makes views its strings.
VocabBuilder doubling(const std::string& model) {
  VocabBuilder builder(model, model == "gpt2" ? "gpt-2" : "default");
  if (model == "llama") builder.add_byte_tokens();
  std::string letters = "a";
  builder.add(model == "gpt2" ? spell_bytes(" ") : "\xE2\x96\x81", TokenKind::kNormal, -100);
  builder.add(letters, TokenKind::kNormal, -50);
  for (int i = 0; i < 6; ++i) {
    builder.add_merge_line(letters + " " + letters);
    letters += letters;
    builder.add(letters, TokenKind::kNormal, static_cast<float>(-i));
  }
  builder.fields().unk = 0;
  return builder;
}

// Four times the text may take eight times as long, not sixteen.
TEST(Tokenizer, TimeGrowsWithTheTextNotWithItsSquare) {
  for (const std::string model : {"gpt2", "llama", "bert"}) {
    const VocabBuilder vocabulary = doubling(model);
    const auto tokenizer = vocabulary.tokenizer();
    for (const std::string unit : {"a", " ", "\n", "a ", "\xC3\xA9", "'", "aA", "1"}) {
      const std::size_t size = unit == "a" ? 250'000 : 60'000;
      std::string text;
      while (text.size() < size) text += unit;
      const std::string longer = text + text + text + text;
      EXPECT_TRUE(support::grows_less_than(
          8, [&] { return seconds_for(*tokenizer, text); }, [&] { return seconds_for(*tokenizer, longer); }))
          << model << ", '" << unit << "'";
    }
  }
}

}  // namespace
}  // namespace sotto::text
