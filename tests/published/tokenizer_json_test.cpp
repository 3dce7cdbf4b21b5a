#include "published/tokenizer_json.h"

#include <gtest/gtest.h>

#include "published/support.h"

namespace sotto::published {
namespace {

// A byte-level tokenizer that is sound; the tests change one thing of it.
Json byte_level() {
  return Json::parse(R"({
    "added_tokens": [{"id": 3, "content": "<|x|>", "special": true}],
    "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
    "post_processor": null, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})");
}

Json sentencepiece_like() {
  return Json::parse(R"({
    "added_tokens": [{"id": 0, "content": "<unk>", "special": true}, {"id": 1, "content": "<s>", "special": true}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "pre_tokenizer": null,
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}}]},
    "decoder": null,
    "model": {"type": "BPE", "unk_token": "<unk>", "byte_fallback": true,
      "vocab": {"<unk>": 0, "<s>": 1, "<0x00>": 2, "▁": 3, "a": 4, "b": 5, "▁a": 6, "ab": 7, "▁ab": 8},
      "merges": ["a b", ["▁", "a"], "▁ ab", "▁a b"]}})");
}

TEST(TokenizerJson, ReadsByteLevelTokens) {
  const auto vocabulary = read_tokenizer_json(byte_level(), "t.json", 4);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->model, "gpt2");
  EXPECT_EQ(vocabulary->pre, "gpt-2");
  EXPECT_EQ(vocabulary->tokens, (std::vector<std::string>{"a", "b", "ab", "<|x|>"}));
  EXPECT_EQ(vocabulary->merges, (std::vector<std::string>{"a b"}));
  EXPECT_EQ(vocabulary->kinds[0], TokenKind::kNormal);
  EXPECT_EQ(vocabulary->kinds[3], TokenKind::kControl);
}

TEST(TokenizerJson, ReadsSentencePieceLikeTokens) {
  const auto vocabulary = read_tokenizer_json(sentencepiece_like(), "t.json", 9);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->model, "llama");
  EXPECT_TRUE(vocabulary->add_space_prefix);
  EXPECT_EQ(vocabulary->kinds[0], TokenKind::kUnknown);
  EXPECT_EQ(vocabulary->kinds[1], TokenKind::kControl);
  EXPECT_EQ(vocabulary->kinds[2], TokenKind::kByte);
  EXPECT_EQ(vocabulary->first_token, "<s>");
  EXPECT_TRUE(*vocabulary->add_bos);
  EXPECT_FALSE(*vocabulary->add_eos);
  EXPECT_GT(vocabulary->scores[7], vocabulary->scores[6]);
  EXPECT_GT(vocabulary->scores[6], vocabulary->scores[8]);
}

TEST(TokenizerJson, TokensBeyondTheEmbeddingAreLeftOut) {
  const auto vocabulary = read_tokenizer_json(byte_level(), "t.json", 3);
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  EXPECT_EQ(vocabulary->tokens.size(), 3u);
  ASSERT_EQ(vocabulary->beyond.size(), 1u);
  EXPECT_EQ(vocabulary->beyond[0].first, "<|x|>");
}

struct HostileTokenizer {
  const char* name;
  bool bytes;           // byte-level, or like SentencePiece
  const char* pointer;  // what is replaced, as a JSON pointer
  const char* value;    // by what; nullptr: taken away
  const char* said;
  ErrorCode code = ErrorCode::kBadFile;
};

constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;

const HostileTokenizer kHostileTokenizers[] = {
    {"no_model", true, "/model", nullptr, "model is missing"},
    {"model_is_a_text", true, "/model", "\"BPE\"", "model is missing or no object"},
    {"unigram", true, "/model/type", "\"Unigram\"", "sotto imports BPE", kUnsupported},
    {"wordpiece", true, "/model/type", "\"WordPiece\"", "sotto imports BPE", kUnsupported},
    {"no_vocab", true, "/model/vocab", nullptr, "model.vocab is missing"},
    {"vocab_is_a_list", true, "/model/vocab", "[[\"a\", 0]]", "model.vocab is array"},
    {"vocab_is_empty", true, "/model/vocab", "{}", "expected an object of 1"},
    {"id_is_a_text", true, "/model/vocab/a", "\"0\"", "has the id \"0\""},
    {"id_is_negative", true, "/model/vocab/a", "-1", "has the id -1"},
    {"id_is_half", true, "/model/vocab/a", "0.5", "has the id 0.5"},
    {"id_is_vast", true, "/model/vocab/a", "4000000000", "has the id 4000000000"},
    {"id_of_64_bits", true, "/model/vocab/a", "18446744073709551615", "has the id 18446744073709551615"},
    {"two_tokens_of_one_id", true, "/model/vocab/a", "1", "have the id 1"},
    {"no_merges", true, "/model/merges", nullptr, "model.merges is missing"},
    {"merges_are_a_text", true, "/model/merges", "\"a b\"", "model.merges is missing or no list"},
    {"merge_is_a_number", true, "/model/merges/0", "7", "merge 0 is 7"},
    {"merge_of_one", true, "/model/merges/0", "\"ab\"", "expected two tokens"},
    {"merge_of_three", true, "/model/merges/0", "\"a b c\"", "expected two tokens"},
    {"merge_with_an_empty_side", true, "/model/merges/0", "\"a \"", "expected two tokens"},
    {"merge_list_of_three", true, "/model/merges/0", R"(["a", "b", "c"])", "expected two tokens"},
    {"merge_list_of_numbers", true, "/model/merges/0", "[1, 2]", "expected two tokens"},
    {"prefix_of_subwords", true, "/model/continuing_subword_prefix", "\"##\"", "continuing_subword_prefix",
     kUnsupported},
    {"suffix_of_words", true, "/model/end_of_word_suffix", "\"</w>\"", "end_of_word_suffix", kUnsupported},
    {"dropout", true, "/model/dropout", "0.1", "model.dropout is 0.1", kUnsupported},
    {"added_tokens_are_a_text", true, "/added_tokens", "\"x\"", "added_tokens is \"x\""},
    {"added_token_is_a_text", true, "/added_tokens/0", "\"x\"", "is no token with an id"},
    {"added_token_without_id", true, "/added_tokens/0/id", nullptr, "is no token with an id"},
    {"added_token_of_a_vast_id", true, "/added_tokens/0/id", "18446744073709551615", "is no token with an id"},
    {"added_token_without_content", true, "/added_tokens/0/content", "null", "is no token with an id"},
    {"added_token_of_nothing", true, "/added_tokens/0/content", "\"\"", "is no token with an id"},
    {"unknown_pretokenizer", true, "/pre_tokenizer",
     R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "x+"}, "behavior": "Isolated"}, {"type": "ByteLevel", "use_regex": false}]})",
     "x+", kUnsupported},
    {"pretokenizer_that_removes", true, "/pre_tokenizer",
     R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\s"}, "behavior": "Removed"}, {"type": "ByteLevel", "use_regex": true}]})",
     "Removed", kUnsupported},
    {"prefix_space", true, "/pre_tokenizer/add_prefix_space", "true", "add_prefix_space", kUnsupported},
    {"sequence_of_nothing", true, "/pre_tokenizer", R"({"type": "Sequence"})", "GGUF files have no name", kUnsupported},
    {"no_pretokenizer", true, "/pre_tokenizer", "null", "pre_tokenizer is null", kUnsupported},
    {"unknown_normalizer", true, "/normalizer", R"({"type": "NFKC"})", "NFKC", kUnsupported},
    {"normal_form_where_none_is_known", true, "/normalizer",
     R"({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]})", "Lowercase", kUnsupported},
    {"no_byte_fallback", false, "/model/byte_fallback", "false", "byte_fallback is false", kUnsupported},
    {"spaces_stay", false, "/normalizer", "null", "neither bytes nor U+2581", kUnsupported},
    {"characters_are_mapped", false, "/normalizer", R"({"type": "Precompiled", "precompiled_charsmap": "AAAA"})",
     "Precompiled", kUnsupported},
    {"words_are_cut", false, "/pre_tokenizer", R"({"type": "Metaspace", "replacement": "▁", "split": true})",
     "Metaspace", kUnsupported},
    {"other_replacement", false, "/pre_tokenizer", R"({"type": "Metaspace", "replacement": "_", "split": false})",
     "Metaspace", kUnsupported},
    {"merge_of_no_token", false, "/model/merges/0", "\"a z\"", "of or to what is no token"},
    {"merge_to_no_token", false, "/model/merges/0", "\"b a\"", "of or to what is no token"},
    {"merges_apart", false, "/model/merges", R"(["▁ ab", "a b", "▁a b", "▁ a"])", "do not stand together",
     kUnsupported},
    {"a_way_is_missing", false, "/model/merges", R"(["a b", "▁ a", "▁ ab"])", "in every way", kUnsupported},
};

TEST(TokenizerJson, RefusesHostileFilesInAClearWay) {
  for (const HostileTokenizer& hostile : kHostileTokenizers) {
    Json tokenizer = hostile.bytes ? byte_level() : sentencepiece_like();
    const Json::json_pointer place(hostile.pointer);
    if (hostile.value != nullptr) {
      tokenizer[place] = Json::parse(hostile.value);
    } else {
      tokenizer[place.parent_pointer()].erase(place.back());
    }
    const auto vocabulary = read_tokenizer_json(tokenizer, "t.json", 100);
    ASSERT_FALSE(vocabulary) << hostile.name;
    EXPECT_EQ(vocabulary.error().code, hostile.code) << hostile.name << ": " << vocabulary.error().message;
    EXPECT_TRUE(vocabulary.error().message.starts_with("t.json: ")) << hostile.name;
    EXPECT_NE(vocabulary.error().message.find(hostile.said), std::string::npos)
        << hostile.name << ": " << vocabulary.error().message;
  }
}

TEST(TokenizerJson, OddTypesNeverCrash) {
  for (const char* value : {"null", "true", "3", "\"x\"", "[]", "{}", "[[]]", "[{}]", "{\"type\": 3}"}) {
    for (const char* place :
         {"/model", "/model/vocab", "/model/merges", "/added_tokens", "/pre_tokenizer", "/normalizer",
          "/post_processor", "/post_processor/single", "/post_processor/processors", "/decoder", "/model/unk_token",
          "/model/type", "/model/dropout", "/model/byte_fallback"}) {
      for (Json tokenizer : {byte_level(), sentencepiece_like()}) {
        if (tokenizer["post_processor"].is_null()) tokenizer["post_processor"] = Json::object();
        tokenizer[Json::json_pointer(place)] = Json::parse(value);
        const auto vocabulary = read_tokenizer_json(tokenizer, "t.json", 100);
        if (!vocabulary) {
          EXPECT_FALSE(vocabulary.error().message.empty());
        }
      }
    }
  }
}

}  // namespace
}  // namespace sotto::published
