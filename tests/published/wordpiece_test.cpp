// import_test.py holds what is read to the `tokenizers` package; here is what is refused, and vocab.txt's odd forms.
#include "published/wordpiece.h"

#include <gtest/gtest.h>

#include "published/support.h"

namespace sotto::published {
namespace {

Json words_json() {
  return Json::parse(R"({
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                   "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
    "added_tokens": [{"id": 0, "content": "[UNK]", "special": true}, {"id": 1, "content": "[CLS]", "special": true},
                     {"id": 2, "content": "[SEP]", "special": true}],
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "##b": 4}}})");
}

TEST(WordPiece, SpellsTokensAsGgufFilesDo) {
  ASSERT_TRUE(is_wordpiece(words_json()));
  const auto vocabulary = read_wordpiece_json(words_json(), "t", 10);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->tokens, (std::vector<std::string>{"[UNK]", "[CLS]", "[SEP]",
                                                          "\xE2\x96\x81"
                                                          "a",
                                                          "b"}));
  EXPECT_EQ(vocabulary->kinds[1], TokenKind::kControl);
  EXPECT_EQ(vocabulary->first_token + vocabulary->last_token, "[CLS][SEP]");
  EXPECT_TRUE(*vocabulary->lowercase && *vocabulary->strip_accents);
}

TEST(WordPiece, RefusesWhatGgufFilesCannotSay) {
  const std::pair<const char*, Json> changes[] = {
      {"/normalizer/type", "Lowercase"},           {"/normalizer/clean_text", false},
      {"/normalizer/handle_chinese_chars", false}, {"/pre_tokenizer/type", "Whitespace"},
      {"/model/continuing_subword_prefix", "@@"},  {"/model/max_input_chars_per_word", 50}};
  for (const auto& [where, value] : changes) {
    Json changed = words_json();
    changed[Json::json_pointer(where)] = value;
    const auto refused = read_wordpiece_json(changed, "t", 10);
    ASSERT_FALSE(refused) << where;
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported) << where;
    EXPECT_TRUE(refused.error().message.starts_with("t: ")) << refused.error().message;
  }
  EXPECT_EQ(read_wordpiece_json(words_json(), "t", 4).error().code, ErrorCode::kBadFile) << "an id of 4";
}

TEST(WordPiece, ReadsATokenALine) {
  const test::TemporaryFolder folder;
  folder.write("vocab.txt", "[PAD]\r\n<s>\n[SEP]\na\n##b");
  const auto vocabulary = read_wordpiece_text(folder.file("vocab.txt"),
                                              Json{{"do_lower_case", false}, {"cls_token", {{"content", "<s>"}}}});
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  ASSERT_EQ(vocabulary->tokens.size(), 5u);
  EXPECT_EQ(vocabulary->tokens[0], "[PAD]");
  EXPECT_EQ(vocabulary->tokens[4], "b");
  EXPECT_EQ(vocabulary->kinds[1], TokenKind::kControl);
  EXPECT_FALSE(*vocabulary->lowercase);
  EXPECT_FALSE(*vocabulary->strip_accents);
  EXPECT_EQ(read_wordpiece_text(folder.file("none"), Json::object()).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace sotto::published
