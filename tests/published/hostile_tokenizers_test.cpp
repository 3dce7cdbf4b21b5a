// Hostile tokenizers: tokenizer.json with one thing wrong, files beside it, and SentencePiece models of any bytes.
#include <fmt/format.h>

#include <bit>

#include "published/hostile.h"

namespace sotto::published::test {
namespace {

constexpr const char* kTokenizer = "tokenizer.json";
constexpr const char* kTokenizerConfig = "tokenizer_config.json";

HostileCase tokenizer_case(const std::string& name, const std::function<void(Json&)>& change,
                           std::vector<std::string> said) {
  said.emplace_back(kTokenizer);
  return {"tokenizer: " + name, Parser::kTokenizer, [change](const HostileFolder& f) { f.tokenizer(change); },
          std::move(said)};
}

HostileCase text_case(const std::string& name, const std::string& text, std::vector<std::string> said) {
  said.emplace_back(kTokenizer);
  return {"tokenizer: " + name, Parser::kTokenizer, [text](const HostileFolder& f) { f.write(kTokenizer, text); },
          std::move(said)};
}

// In a byte-level tokenizer's place: characters, with U+2581 for spaces.
void spell_by_characters(Json& t) {
  t["pre_tokenizer"] = t["decoder"] = nullptr;
  t["normalizer"] = Json::parse(R"({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})");
  t["model"]["byte_fallback"] = true;
}

// Tokens of 1 to `longest` letters, none of which merges give: looking for their pairs would take its cube.
void long_tokens(Json& t, std::size_t longest) {
  spell_by_characters(t);
  Json vocab = Json::object();
  vocab["x"] = 0;
  for (std::size_t i = 1; i < 6; ++i) vocab[std::string(longest - i, 'y')] = i;
  t["model"]["vocab"] = vocab;
  t["model"]["merges"] = Json::array();
}

std::vector<HostileCase> hostile_documents() {
  return {
      text_case("empty", "", {"no valid JSON at byte", "expected a JSON object"}),
      text_case("a list", "[]", {"found array", "expected a JSON object"}),
      text_case("nested brackets", nested("[", 1'000'000, "", "]"), {"1000000 levels", "expected at most 64"}),
      text_case("six million values", "{\"a\": [" + nested("0,", 6'000'000, "0", "") + "]}",
                {"6000002 values", "expected at most 5000000"}),
      text_case("no UTF-8", "{\"model\": {\"vocab\": {\"\xc3\x28\": 0}}}", {"no valid JSON at byte"}),
      text_case("no model", "{}", {"model is missing or no object"}),
      tokenizer_case("model is a list", [](Json& t) { t["model"] = {1}; }, {"model is missing or no object"}),
      tokenizer_case("an unknown algorithm", [](Json& t) { t["model"]["type"] = "Unigram"; },
                     {"model.type is \"Unigram\"", "BPE and WordPiece"}),
      tokenizer_case("an algorithm that steers a terminal", [](Json& t) { t["model"]["type"] = "\x1b[1m"; },
                     {"model.type is \"\\x1b[1m\"", "BPE and WordPiece"}),
      tokenizer_case("a suffix of words", [](Json& t) { t["model"]["end_of_word_suffix"] = "</w>"; },
                     {"end_of_word_suffix is \"</w>\"", "GGUF files cannot say so"}),
      tokenizer_case("dropout", [](Json& t) { t["model"]["dropout"] = 0.5; }, {"model.dropout is 0.5"}),
  };
}

std::vector<HostileCase> hostile_tables() {
  return {
      tokenizer_case("no tokens", [](Json& t) { t["model"]["vocab"] = Json::object(); },
                     {"model.vocab", "expected an object"}),
      tokenizer_case("tokens as a list", [](Json& t) { t["model"]["vocab"] = {"a"}; },
                     {"model.vocab is array", "object"}),
      tokenizer_case("a negative id", [](Json& t) { t["model"]["vocab"]["a"] = -1; },
                     {"token \"a\" has the id -1", "expected a whole number below 8"}),
      tokenizer_case("an id of 2^64 - 1", [](Json& t) { t["model"]["vocab"]["a"] = UINT64_MAX; },
                     {"18446744073709551615", "expected a whole number below 8"}),
      tokenizer_case("an id that is a text", [](Json& t) { t["model"]["vocab"]["a"] = "0"; },
                     {"token \"a\" has the id \"0\"", "expected a whole number"}),
      tokenizer_case("an id beyond the embedding", [](Json& t) { t["model"]["vocab"]["zz"] = 8; },
                     {"token \"zz\" has the id 8", "config.json's vocab_size"}),
      tokenizer_case("an id twice", [](Json& t) { t["model"]["vocab"]["zz"] = 0; }, {"have the id 0"}),
      tokenizer_case("merges are missing", [](Json& t) { t["model"].erase("merges"); }, {"model.merges is missing"}),
      tokenizer_case("a merge of three", [](Json& t) { t["model"]["merges"][1] = "a b c"; },
                     {"merge 1 is \"a b c\"", "expected two tokens"}),
      tokenizer_case("a merge of one", [](Json& t) { t["model"]["merges"][1] = {"a"}; },
                     {"merge 1 is [\"a\"]", "expected two tokens"}),
      tokenizer_case("a merge of nothing", [](Json& t) { t["model"]["merges"][1] = " b"; },
                     {"merge 1 is \" b\"", "expected two tokens"}),
      tokenizer_case("a merge that is a number", [](Json& t) { t["model"]["merges"][2] = 4; },
                     {"merge 2 is 4", "expected two tokens"}),
      tokenizer_case("additions are an object", [](Json& t) { t["added_tokens"] = {{"a", 1}}; },
                     {"added_tokens is {\"a\":1}", "expected a list"}),
      tokenizer_case("an addition without a content", [](Json& t) { t["added_tokens"][0].erase("content"); },
                     {"added_tokens: {\"id\":6", "an id below", "a content"}),
      tokenizer_case("an addition at 2^40", [](Json& t) { t["added_tokens"][0]["id"] = std::uint64_t{1} << 40; },
                     {"added_tokens", "1099511627776", "an id below 4194304"}),
      tokenizer_case("an addition at a negative id", [](Json& t) { t["added_tokens"][0]["id"] = -6; },
                     {"added_tokens", "-6", "an id below 4194304"}),
  };
}

std::vector<HostileCase> hostile_steps() {
  return {
      tokenizer_case("no pre-tokenizer that is known",
                     [](Json& t) { t["pre_tokenizer"] = {{"type", "Whitespace"}}, t["decoder"]["type"] = "ByteLevel"; },
                     {"pre_tokenizer is {\"type\":\"Whitespace\"}", "no name for it"}),
      tokenizer_case("a pattern of a megabyte",
                     [](Json& t) {
                       t["pre_tokenizer"] = {{"type", "Split"},
                                             {"behavior", "Isolated"},
                                             {"pattern", {{"Regex", std::string(1 << 20, '(')}}}};
                     },
                     {"pre_tokenizer is", "...", "no name for it"}),
      tokenizer_case("a normalizer that rewrites", [](Json& t) { t["normalizer"] = {{"type", "Lowercase"}}; },
                     {"normalizer is {\"type\":\"Lowercase\"}", "no name for it"}),
      tokenizer_case("characters without bytes",
                     [](Json& t) { spell_by_characters(t), t["model"]["byte_fallback"] = false; },
                     {"byte_fallback is false", "fall back to bytes"}),
      tokenizer_case("a merge to no token", [](Json& t) { spell_by_characters(t), t["model"]["merges"] = {"a c"}; },
                     {"merge 0 is \"a c\"", "no token"}),
      tokenizer_case("tokens of a megabyte", [](Json& t) { long_tokens(t, 1 << 20); },
                     {"merges do not give", "(10485"}),
      tokenizer_case("pieces inside of words with another mark",
                     [](Json& t) { t["model"] = {{"type", "WordPiece"}, {"continuing_subword_prefix", "@@"}}; },
                     {"continuing_subword_prefix is \"@@\"", "expected \"##\""}),
      tokenizer_case("words of 7 characters",
                     [](Json& t) {
                       t["model"] = {
                           {"type", "WordPiece"}, {"continuing_subword_prefix", "##"}, {"max_input_chars_per_word", 7}};
                     },
                     {"max_input_chars_per_word is 7", "mean 100"}),
  };
}

HostileCase beside(const std::string& name, const std::string& file, const std::string& text,
                   std::vector<std::string> said) {
  said.push_back(file);
  return {"beside: " + name, Parser::kTokenizer, [file, text](const HostileFolder& f) { f.write(file, text); },
          std::move(said)};
}

// vocab.txt alone.
HostileCase words_case(const std::string& name, const std::string& text, std::vector<std::string> said) {
  said.emplace_back("vocab.txt");
  return {"vocab.txt: " + name, Parser::kTokenizer,
          [text](const HostileFolder& f) { f.remove(kTokenizer), f.write("vocab.txt", text); }, std::move(said)};
}

std::vector<HostileCase> hostile_neighbours() {
  return {
      beside("a configuration that is a list", kTokenizerConfig, "[]", {"found array", "expected a JSON object"}),
      beside("a configuration that is cut", kTokenizerConfig, "{\"a", {"no valid JSON at byte"}),
      beside("a chat template that is a number", kTokenizerConfig, R"({"chat_template": 7})",
             {"chat_template: found 7", "expected a text or a list"}),
      beside("chat templates without names", kTokenizerConfig, R"({"chat_template": [{"template": "x"}]})",
             {"chat_template: found", "expected a name and a template"}),
      beside("a chat template of 2 MiB", "chat_template.jinja", std::string(2 << 20, 'x'),
             {"2097152 bytes", "expected UTF-8 of at most 1048576"}),
      beside("a chat template that is no UTF-8", "chat_template.jinja", "\xff\xfe", {"2 bytes", "expected UTF-8"}),
      beside("a generation_config that is damaged", "generation_config.json", "{]", {"no valid JSON at byte 2"}),
      beside("a map of special tokens that is a text", "special_tokens_map.json", "\"x\"",
             {"found string \"x\"", "expected a JSON object"}),
      {"beside: no tokenizer",
       Parser::kTokenizer,
       [](const HostileFolder& f) { f.remove(kTokenizer); },
       {"holds no tokenizer", kTokenizer, "tokenizer.model"}},
      words_case("five million lines", std::string(5'000'000, '\n'),
                 {"line 4194305", "expected at most 4194304 tokens"}),
      words_case("no UTF-8", "a\n\xff\n", {"line 2: found \"\\xff\"", "expected UTF-8"}),
      {"vocab.txt: more lines than the embedding",
       Parser::kTokenizer,
       [](const HostileFolder& f) { f.remove(kTokenizer), f.write("vocab.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\n"); },
       {"9 tokens", "vocab_size is 8"}},
  };
}

std::string varint_of(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string number_of(std::uint32_t number, std::uint64_t value) { return varint_of(number << 3) + varint_of(value); }
std::string bytes_field_of(std::uint32_t number, const std::string& bytes) {
  return varint_of(number << 3 | 2) + varint_of(bytes.size()) + bytes;
}

std::string piece_of(const std::string& text, float score, std::uint64_t kind) {
  std::string bits;
  for (int shift = 0; shift < 32; shift += 8) bits += static_cast<char>(std::bit_cast<std::uint32_t>(score) >> shift);
  return bytes_field_of(1, bytes_field_of(1, text) + varint_of(2 << 3 | 5) + bits + number_of(3, kind));
}

// tokenizer.model alone, byte-pair encoding unless `options` say otherwise.
HostileCase model_case(const std::string& name, const std::string& bytes, std::vector<std::string> said) {
  said.emplace_back("tokenizer.model");
  return {"sentencepiece: " + name, Parser::kTokenizer,
          [bytes](const HostileFolder& f) { f.remove(kTokenizer), f.write("tokenizer.model", bytes); },
          std::move(said)};
}

}  // namespace

std::vector<HostileCase> hostile_tokenizers() {
  std::vector<HostileCase> all = hostile_documents();
  for (const auto& some : {hostile_tables(), hostile_steps(), hostile_neighbours()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<HostileCase> hostile_sentencepieces() {
  const std::string sound = piece_of("<unk>", 0, 2) + piece_of("a", -1, 1);
  const std::string bpe = bytes_field_of(2, number_of(3, 2)),
                    plain = bytes_field_of(3, number_of(3, 0) + number_of(4, 0));
  const std::string several = sound + piece_of("b", -2, 1) + piece_of("c", -2, 1) + piece_of("d", -2, 1);
  std::string tower;  // messages in messages, which nothing here descends into
  for (int i = 0; i < 2000; ++i) tower = bytes_field_of(1, tower);
  return {
      model_case("empty", "", {"holds no pieces"}),
      model_case("text", "this is no model", {"no SentencePiece model"}),
      model_case("a length of 2^63", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
                 {"no SentencePiece model", "passes the end"}),
      model_case("an endless number", std::string(30, '\xff'), {"no SentencePiece model"}),
      model_case("a piece that is cut", sound + "\x0a\x05\x0a", {"no SentencePiece model", "passes the end"}),
      model_case("a group", sound + "\x0b", {"no SentencePiece model", "no known type"}),
      model_case("messages 2,000 deep", tower, {"piece 0", "no UTF-8"}),
      model_case("a piece without a text", sound + piece_of("", 0, 1) + bpe + plain, {"piece 2", "text is empty"}),
      model_case("a piece that is no UTF-8", sound + piece_of("\xff", 0, 1) + bpe + plain, {"piece 2", "no UTF-8"}),
      model_case("a score that is no number", sound + piece_of("b", std::bit_cast<float>(0x7fc00000u), 1) + bpe + plain,
                 {"piece 2", "score is no number"}),
      model_case("a piece of kind 9", sound + piece_of("b", 0, 9) + bpe + plain,
                 {"piece 2", "type is 9", "expected 1 to 6"}),
      model_case("a piece of kind 2^64 - 1", sound + piece_of("b", 0, UINT64_MAX) + bpe + plain,
                 {"piece 2", "18446744073709551615", "expected 1 to 6"}),
      model_case("unigram", sound + bytes_field_of(2, number_of(3, 1)) + plain,
                 {"algorithm has the number 1", "imports 2"}),
      model_case("a normalizer that rewrites",
                 sound + bpe + bytes_field_of(3, bytes_field_of(2, "map") + number_of(4, 0)), {"rewrites characters"}),
      model_case("spaces that shrink", sound + bpe, {"runs of spaces become one"}),
      {"sentencepiece: more pieces than the embedding has rows",
       Parser::kTokenizer,
       [=](const HostileFolder& f) {
         f.remove(kTokenizer);
         f.write("tokenizer.model", several + several + bpe + plain);
       },
       {"10 tokens", "vocab_size is 8"}},
  };
}

}  // namespace sotto::published::test
