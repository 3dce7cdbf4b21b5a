#include "published/tokenizer_pre.h"

#include <gtest/gtest.h>

#include "text/pretokenizer.h"

namespace sotto::published {
namespace {

Json tokenizer_of(const char* pre, bool composes, bool whole_words) {
  Json tokenizer = {{"pre_tokenizer", Json::parse(pre)}, {"model", {{"ignore_merges", whole_words}}}};
  if (composes) tokenizer["normalizer"] = {{"type", "NFC"}};
  return tokenizer;
}

// As the files of these models have it.
constexpr const char* kLlama3 =
    R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]})";
constexpr const char* kQwen2 =
    R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}]})";
constexpr const char* kSmollm =
    R"({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]})";
constexpr const char* kGpt2 = R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true})";
constexpr const char* kPhi4Mini =
    R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]})";

TEST(TokenizerPre, NamesWhatPublishedModelsHave) {
  const struct {
    const char* pre;
    bool composes, whole_words;
    const char* name;
  } cases[] = {{kLlama3, false, true, "llama-bpe"}, {kLlama3, false, false, "dbrx"},    {kQwen2, true, false, "qwen2"},
               {kQwen2, false, false, "stablelm2"}, {kSmollm, false, false, "smollm"},  {kGpt2, false, false, "gpt-2"},
               {kGpt2, true, false, "olmo"},        {kPhi4Mini, false, false, "gpt-4o"}};
  for (const auto& c : cases) {
    const auto name = name_pretokenizer(tokenizer_of(c.pre, c.composes, c.whole_words), "t.json");
    ASSERT_TRUE(name) << c.name << ": " << name.error().message;
    EXPECT_EQ(*name, c.name);
    const text::Pretokenizer* machine = text::find_pretokenizer(*name);
    ASSERT_NE(machine, nullptr);
    EXPECT_EQ(machine->has(text::Pretokenizer::kComposes), c.composes) << c.name;
    EXPECT_EQ(machine->has(text::Pretokenizer::kWholeWords), c.whole_words) << c.name;
  }
}

// As files that were made from tiktoken's have it: what is between matches is removed, and there is nothing.
TEST(TokenizerPre, RemovingWhatIsBetweenMatchesOfEverythingIsTheSame) {
  Json tokenizer = tokenizer_of(kQwen2, false, false);
  Json& split = tokenizer["pre_tokenizer"]["pretokenizers"][0];
  split["behavior"] = "Removed";
  EXPECT_FALSE(name_pretokenizer(tokenizer, "t.json"));
  split["invert"] = true;
  const auto name = name_pretokenizer(tokenizer, "t.json");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, "stablelm2");
  split["behavior"] = "Isolated";
  EXPECT_FALSE(name_pretokenizer(tokenizer, "t.json"));
}

TEST(TokenizerPre, PrintsWhatItDoesNotKnow) {
  const auto name = name_pretokenizer(tokenizer_of(kLlama3, true, false), "t.json");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(name.error().message.find("p{N}{1,3}"), std::string::npos);
}

}  // namespace
}  // namespace sotto::published
