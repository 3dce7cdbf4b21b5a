// Answers that follow a grammar, from models that would write something else.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/fake_model.h"
#include "engine/generation.h"

namespace sotto::engine {
namespace {

Request with_grammar(std::string prompt, std::string gbnf) {
  Request request = greedy(std::move(prompt));
  request.grammar = std::move(gbnf);
  return request;
}

TEST(Structured, AnswersFollowTheGrammar) {
  Bench bench(answers("hello"));
  ASSERT_TRUE(bench.run(with_grammar("say>", "root ::= [a-d] \"e\" [a-z]*")));
  // The fake model scores tokens by their number modulo 7: of a to d, 'a' is the highest.
  EXPECT_EQ(bench.text, "aello");
  EXPECT_EQ(bench.finish(), FinishReason::kStop);
}

TEST(Structured, EndsWhereNothingElseCanFollow) {
  Bench bench(answers("yes and no"));
  const auto usage = bench.run(with_grammar(">", "root ::= \"yes\" | \"no\""));
  ASSERT_TRUE(usage);
  EXPECT_EQ(bench.text, "yes");
  EXPECT_EQ(bench.finish(), FinishReason::kStop);
  EXPECT_EQ(usage->completion_tokens, 3);
  EXPECT_EQ(bench.n_forwarded(), 4u);  // BOS, >, y, e: the last token is not read
}

TEST(Structured, TheModelMayEndWhereTheTextIsComplete) {
  Bench bench(answers("abc"));
  ASSERT_TRUE(bench.run(with_grammar(">", "root ::= [a-z]+")));
  EXPECT_EQ(bench.text, "abc");
  EXPECT_EQ(bench.finish(), FinishReason::kStop);
  // But not before.
  Request longer = with_grammar(">", "root ::= [a-z]{5}");
  ASSERT_TRUE(bench.run(longer));
  EXPECT_EQ(bench.text.size(), 5u);
}

TEST(Structured, WhatIsCutSaysSo) {
  Bench bench(answers("abcdef"));
  Request request = with_grammar(">", "root ::= [a-z]{5} \"!\"");
  request.max_tokens = 3;
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(bench.text, "abc");
  EXPECT_EQ(bench.finish(), FinishReason::kLength);
}

TEST(Structured, WhatCannotBeHonouredIsRefusedBeforeAnythingIsRead) {
  Bench bench(answers("x"));
  Request request = greedy(">");
  request.json_schema = R"({"not": {}})";
  const auto refused = bench.run(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(bench.model.calls.empty());
  request.grammar = "root ::= \"a\"";
  EXPECT_EQ(bench.run(request).error().code, ErrorCode::kBadRequest);
  EXPECT_TRUE(bench.run(with_grammar(">", "root ::= \"a\"")));
}

// Mostly what followed the last two tokens before: drafts are right, and in part.
Token repeats(const std::vector<Token>& text) {
  for (std::size_t i = text.size() - 1; i-- > 1;)
    if (text[i] == text.back() && text[i - 1] == text[text.size() - 2]) return text[i + 1];
  return 'x';
}

constexpr const char* kRows =
    R"({"type": "array", "minItems": 2, "maxItems": 6, "items": {"type": "object", "properties": {"name": {"type": "string",
    "maxLength": 6}, "size": {"type": "integer", "minimum": 10, "maximum": 99}}, "required": ["name", "size"]}})";

TEST(Structured, AnswersAreTheSameWithSpeculation) {
  int accepted = 0;
  for (const float temperature : {0.0f, 1.0f, 5.0f}) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      Request request = greedy(R"([{"name":"abc","size":12},{"name":"abd","size":12}] and again )");
      request.json_schema = kRows;
      request.sampling.temperature = temperature;
      request.sampling.seed = seed;
      request.sampling.top_k = seed % 2 == 0 ? 0 : 5;
      request.max_tokens = 200;
      std::string plain;
      for (const int draft_tokens : {0, 1, 3, 15}) {
        Bench bench(repeats, 512, 0, {.draft_tokens = draft_tokens});
        const auto usage = bench.run(request);
        ASSERT_TRUE(usage) << usage.error().message;
        accepted += usage->accepted_tokens;
        if (draft_tokens == 0) plain = bench.text;
        EXPECT_EQ(bench.text, plain) << draft_tokens;
        EXPECT_TRUE(bench.finish() != FinishReason::kStop || nlohmann::json::accept(bench.text)) << bench.text;
      }
    }
  }
  EXPECT_GT(accepted, 50);
}

TEST(Structured, NamedPropertiesAlone) {
  Bench bench(answers(R"({"a":1,"b":2})"));
  Request request = greedy(">");
  request.json_schema = R"({"type": "object", "properties": {"a": {"type": "integer"}}})";
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(nlohmann::json::parse(bench.text).size(), 1u) << bench.text;
}

// A generation by itself, since only its settings say that a model thinks.
std::pair<std::string, std::string> thought_and_answer(const std::string& writes, const std::string& gbnf, bool within,
                                                       const Thinking& thinking = {}) {
  static constexpr text::ThoughtMarks kMarks{"<think>", "</think>"};
  FakeModel model([&](const std::vector<Token>& text) -> Token {
    const std::size_t said = text.size() - 2;
    return said < writes.size() ? static_cast<unsigned char>(writes[said]) : kEos;
  });
  Batcher batcher(model);
  Sequence sequence(model, batcher, 256);
  const FakeTokenizer tokenizer;
  Grammars grammars(tokenizer);
  Request request = with_grammar("", gbnf);
  request.thinking = thinking;
  request.max_tokens = 100;
  std::string thought, answer;
  const EventSink sink = [&](const Event& event) {
    (event.kind == Event::Kind::kThought ? thought : answer) += event.text;
  };
  auto generation =
      Generation::prepare(request, {'?', '>'}, sequence, tokenizer, sink,
                          {.marks = &kMarks, .within_thought = within, .grammar = *grammars.find(request)});
  EXPECT_TRUE(generation);
  const auto usage = generation->run();
  EXPECT_TRUE(usage) << usage.error().message;
  return {thought, answer};
}

using Parts = std::pair<std::string, std::string>;

TEST(Structured, AThoughtIsFree) {
  EXPECT_EQ(thought_and_answer("hm, yes</think>no", "root ::= \"yes\" | \"no\"", true), Parts("hm, yes", "no"));
  EXPECT_EQ(thought_and_answer("hm, yes</think>nay", "root ::= \"yes\" | \"no\"", true), Parts("hm, yes", "no"));
}

TEST(Structured, AThoughtMayBegin) {
  EXPECT_EQ(thought_and_answer("<think>hm</think>no", "root ::= \"yes\" | \"no\"", false), Parts("hm", "no"));
  EXPECT_EQ(thought_and_answer("no", "root ::= \"yes\" | \"no\"", false), Parts("", "no"));
  EXPECT_EQ(
      thought_and_answer("<think>hm</think>no", "root ::= \"yes\" | \"no\"", false, {.mode = Thinking::Mode::kOff})
          .first,
      "");
}

TEST(Structured, AThoughtThatDoesNotEndIsFollowedByAnAnswer) {
  // The model ends within its thought; the mark is written in its place.
  const auto [thought, answer] = thought_and_answer("hm", "root ::= \"yes\" | \"no\"", true);
  EXPECT_EQ(thought, "hm\n");
  EXPECT_TRUE(answer == "yes" || answer == "no") << answer;
  const auto limited =
      thought_and_answer("a long thought</think>no", "root ::= \"yes\" | \"no\"", true, {.max_tokens = 3});
  EXPECT_EQ(limited.first.substr(0, 3), "a l");
  EXPECT_TRUE(limited.second == "yes" || limited.second == "no") << limited.second;
}

}  // namespace
}  // namespace sotto::engine
