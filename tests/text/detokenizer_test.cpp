#include <gtest/gtest.h>

#include "text/tokenizer.h"
#include "text/utf8.h"

namespace sotto::text {
namespace {

// A SentencePiece vocabulary of the 256 byte tokens, so that any bytes can be streamed.
struct ByteVocab {
  std::vector<std::string> spellings;
  std::unique_ptr<Tokenizer> tokenizer;

  ByteVocab() {
    char spelling[8];
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::snprintf(spelling, sizeof spelling, "<0x%02X>", byte);
      spellings.emplace_back(spelling);
    }
    Vocab vocab;
    vocab.model = "llama";
    vocab.tokens.assign(spellings.begin(), spellings.end());
    vocab.kinds.assign(256, TokenKind::kByte);
    vocab.scores.assign(256, 0.0f);
    auto made = Tokenizer::create(std::move(vocab));
    EXPECT_TRUE(made) << made.error().message;
    tokenizer = std::move(*made);
  }
};

std::string stream(const Tokenizer& tokenizer, std::string_view bytes) {
  Detokenizer detokenizer(tokenizer);
  std::string text;
  for (const char byte : bytes) {
    const std::string shown = detokenizer.push(static_cast<unsigned char>(byte));
    EXPECT_EQ(find_invalid_utf8(shown), shown.size()) << "half a code point";
    text += shown;
  }
  return text + detokenizer.finish();
}

TEST(Detokenizer, WaitsForTheWholeCodePoint) {
  const ByteVocab bytes;
  Detokenizer detokenizer(*bytes.tokenizer);
  EXPECT_EQ(detokenizer.push('a'), "a");
  EXPECT_EQ(detokenizer.push(0xF0), "");
  EXPECT_EQ(detokenizer.push(0x9F), "");
  EXPECT_EQ(detokenizer.push(0x98), "");
  EXPECT_EQ(detokenizer.push(0x80), "\xF0\x9F\x98\x80");
  EXPECT_EQ(detokenizer.finish(), "");
}

// What Python's bytes.decode("utf-8", errors="replace") gives.
TEST(Detokenizer, ReplacesBrokenBytesAsPythonDoes) {
  const ByteVocab bytes;
  const std::string fffd(kReplacementBytes);
  const std::pair<std::string, std::string> cases[] = {
      {"\xE2\x82", fffd},
      {"\xE2\x82"
       "a",
       fffd + "a"},
      {"\xF0\x9F\x98\xF0\x9F\x98\x80", fffd + "\xF0\x9F\x98\x80"},
      {"\x80\x80", fffd + fffd},
      {"\xED\xA0\x80", fffd + fffd + fffd},
      {"\xC0\xAF", fffd + fffd},
      {"\xE0\x80\xAF", fffd + fffd + fffd},
      {"\xF5\x80", fffd + fffd},
      {"x\xC3\xC3\xA9", "x" + fffd + "\xC3\xA9"},
  };
  for (const auto& [raw, expected] : cases) EXPECT_EQ(stream(*bytes.tokenizer, raw), expected);
}

TEST(Detokenizer, StreamsWhatItWouldDecodeAtOnce) {
  const ByteVocab bytes;
  unsigned state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string raw;
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525u + 1013904223u;
      static constexpr unsigned char kBytes[] = {'a',  0x80, 0xBF, 0xC3, 0xA9, 0xE2, 0x82, 0xAC,
                                                 0xED, 0xA0, 0xF0, 0x9F, 0x98, 0xF4, 0x90, 0xFF};
      raw += static_cast<char>(kBytes[state >> 28]);
    }
    EXPECT_EQ(stream(*bytes.tokenizer, raw), replace_invalid_utf8(raw));
  }
}

}  // namespace
}  // namespace sotto::text
