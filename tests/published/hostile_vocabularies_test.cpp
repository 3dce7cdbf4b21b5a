// Hostile tekken.json, and vocab.json with merges.txt.
#include "published/hostile.h"

namespace sotto::published::test {
namespace {

constexpr const char* kTekkenFile = "tekken.json";

Json sound_tekken() {
  return Json::parse(R"TEKKEN({"config": {"default_vocab_size": 8, "default_num_special_tokens": 3, "pattern":
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
    "vocab": [{"rank": 0, "token_bytes": "YQ=="}, {"rank": 1, "token_bytes": "Yg=="}, {"rank": 2, "token_bytes": "Yw=="},
              {"rank": 3, "token_bytes": "YWI="}, {"rank": 4, "token_bytes": "YWJj"}]})TEKKEN");
}

HostileCase tekken_case(const std::string& name, const std::function<void(Json&)>& change,
                        std::vector<std::string> said) {
  said.emplace_back(kTekkenFile);
  const auto damage = [change](const HostileFolder& f) {
    f.remove("tokenizer.json");
    Json tekken = sound_tekken();
    change(tekken);
    f.write(kTekkenFile, tekken.dump());
  };
  return {"tekken: " + name, Parser::kTokenizer, damage, std::move(said)};
}

HostileCase merges_case(const std::string& name, const std::string& vocab, const std::string& merges,
                        const std::string& tokenizer_class, std::vector<std::string> said) {
  const auto damage = [=](const HostileFolder& f) {
    f.remove("tokenizer.json");
    f.write("vocab.json", vocab);
    f.write("merges.txt", merges);
    f.write("tokenizer_config.json", Json{{"tokenizer_class", tokenizer_class}}.dump());
  };
  return {"vocab.json: " + name, Parser::kTokenizer, damage, std::move(said)};
}

std::vector<HostileCase> hostile_tekkens() {
  return {
      tekken_case("a list", [](Json& t) { t = Json::array(); }, {"found array", "expected a JSON object"}),
      tekken_case("no configuration", [](Json& t) { t.erase("config"); },
                  {"config.default_vocab_size: found nothing", "a whole number up to 8"}),
      tekken_case("a size of 2^64 - 1", [](Json& t) { t["config"]["default_vocab_size"] = UINT64_MAX; },
                  {"found 18446744073709551615", "a whole number up to 8"}),
      tekken_case("control tokens alone", [](Json& t) { t["config"]["default_num_special_tokens"] = 8; },
                  {"default_num_special_tokens: found 8", "expected less than the 8"}),
      tekken_case("another pattern", [](Json& t) { t["config"]["pattern"] = "(a+)+$"; }, {"(a+)+$", "no name for it"}),
      tekken_case("too few tokens", [](Json& t) { t["vocab"].erase(4); }, {"array of 4 values", "at least 5 tokens"}),
      tekken_case("tokens as a text", [](Json& t) { t["vocab"] = "abc"; },
                  {"vocab: found string", "at least 5 tokens"}),
      tekken_case("ranks out of order", [](Json& t) { std::swap(t["vocab"][0], t["vocab"][1]); },
                  {"\"rank\":1", "expected the rank 0"}),
      tekken_case("no base64", [](Json& t) { t["vocab"][2]["token_bytes"] = "\x1b[2J"; },
                  {"\\u001b[2J", "expected the rank 2 and token_bytes"}),
      tekken_case("base64 that is cut", [](Json& t) { t["vocab"][2]["token_bytes"] = "Yw="; }, {"\"Yw=\"", "base64"}),
      tekken_case("padding alone", [](Json& t) { t["vocab"][2]["token_bytes"] = "===="; }, {"\"====\"", "base64"}),
      tekken_case("a token of nothing", [](Json& t) { t["vocab"][2]["token_bytes"] = ""; }, {"\"\"", "base64"}),
      tekken_case("a token of a megabyte", [](Json& t) { t["vocab"][4]["token_bytes"] = std::string(1 << 20, 'A'); },
                  {"AAA...", "up to 1024"}),
      tekken_case("a token twice", [](Json& t) { t["vocab"][1]["token_bytes"] = "YQ=="; },
                  {"ranks 0 and 1 have the same bytes \"a\"", "expected others"}),
      tekken_case("a control token beyond its room",
                  [](Json& t) { t["special_tokens"] = {{{"rank", 3}, {"token_str", "<s>"}}}; },
                  {"special_tokens: found", "a rank of its own below 3"}),
      tekken_case("control tokens as an object", [](Json& t) { t["special_tokens"] = {{"<s>", 1}}; },
                  {"special_tokens: found {\"<s>\":1}", "expected a list"}),
  };
}

}  // namespace

std::vector<HostileCase> hostile_vocabularies() {
  const std::string vocab = R"({"a": 0, "b": 1, "ab": 2})", gpt2 = "GPT2Tokenizer";
  std::vector<HostileCase> all = hostile_tekkens();
  const std::vector<HostileCase> merges = {
      merges_case("a list", "[]", "a b\n", gpt2, {"vocab.json", "found array", "expected a JSON object"}),
      merges_case("no tokens", "{}", "a b\n", gpt2, {"vocab.json", "the file is object", "1 to 4194304 tokens"}),
      merges_case("an id beyond the embedding", R"({"a": 8})", "", gpt2,
                  {"vocab.json", "token \"a\" has the id 8", "expected a whole number below 8"}),
      merges_case("an id twice", R"({"a": 1, "b": 1})", "", gpt2,
                  {"vocab.json", "have the id 1", "expected one token"}),
      merges_case("a merge of three", vocab, "#version: 0.2\na b\na b c\n", gpt2,
                  {"merges.txt", "line 3: found \"a b c\"", "expected two tokens"}),
      merges_case("a merge of one", vocab, "ab\n", gpt2, {"merges.txt", "line 1: found \"ab\"", "expected two tokens"}),
      merges_case("a merge that is no UTF-8", vocab, "a \xff\n", gpt2,
                  {"merges.txt", "line 1: found \"a \\xff\"", "two"}),
      merges_case("a line of a megabyte", vocab, std::string(1 << 20, 'x'), gpt2,
                  {"merges.txt", "line 1", "(1048576 bytes)", "expected two tokens"}),
      merges_case("an unknown class", vocab, "a b\n", "\x1b]0;x",
                  {"tokenizer_config.json", "tokenizer_class is \"\\x1b]0;x\"", "expected GPT2Tokenizer"}),
  };
  all.insert(all.end(), merges.begin(), merges.end());
  all.push_back({"vocab.json: no merges",
                 Parser::kTokenizer,
                 [=](const HostileFolder& f) {
                   merges[4].damage(f);
                   f.remove("merges.txt");
                 },
                 {"merges.txt", "cannot open"}});
  return all;
}

}  // namespace sotto::published::test
