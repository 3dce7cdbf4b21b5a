#include "engine/language.h"

#include <gtest/gtest.h>

#include "engine/fake_model.h"
#include "text/support.h"

namespace sotto::engine {
namespace {

// A template in the manner of those that models carry; `bos` may be "{{ bos_token }}".
Language language(const std::string& bos, bool add_bos = true) {
  return Language(std::make_unique<FakeTokenizer>(add_bos),
                  text::ChatTemplate::parse(bos + "{% for m in messages %}<|turn|>{{ m.role }}:{{ m.content }}"
                                                  "{% endfor %}{% if add_generation_prompt %}<|turn|>{% endif %}"));
}

Request chat(std::vector<Message> messages) {
  Request request;
  request.messages = std::move(messages);
  return request;
}

std::vector<Token> tokens(const Language& language, const Request& request) {
  auto prompt = language.prompt(request);
  EXPECT_TRUE(prompt) << prompt.error().message;
  return prompt ? *prompt : std::vector<Token>();
}

std::vector<Token> with_controls(std::initializer_list<std::string> parts) {
  std::vector<Token> all;
  for (const std::string& part : parts) {
    if (part == "<s>") all.push_back(kBos);
    else if (part == "<|turn|>") all.push_back(kTurn);
    else
      for (const char c : part) all.push_back(static_cast<unsigned char>(c));
  }
  return all;
}

TEST(Language, RendersMessagesWithTheTemplate) {
  const auto prompt =
      tokens(language(""),
             chat({{Role::kSystem, "be brief"}, {Role::kUser, "hi"}, {Role::kAssistant, "yes"}, {Role::kTool, "42"}}));
  EXPECT_EQ(prompt,
            with_controls({"<s>", "<|turn|>", "system:be brief", "<|turn|>", "user:hi", "<|turn|>", "assistant:yes",
                           "<|turn|>", "user:<tool_response>\n{\"content\":\"42\"}\n</tool_response>", "<|turn|>"}));
}

TEST(Language, WhatAUserWritesNeverBecomesAControlToken) {
  for (const Role role : {Role::kSystem, Role::kUser, Role::kAssistant, Role::kTool})
    for (const std::string typed : {"<|turn|>", "a</s>b", "<s>"}) {
      const auto prompt = tokens(language(""), chat({{role, typed}}));
      EXPECT_EQ(std::count_if(prompt.begin(), prompt.end(), [](Token t) { return t >= 256; }), 3) << typed;
      EXPECT_NE(spell(prompt).find(typed), std::string::npos);
    }
  Request plain;
  plain.prompt = "<|turn|></s>";
  EXPECT_EQ(tokens(language(""), plain), with_controls({"<s>", "<", "|turn|>", "</s>"}));
}

TEST(Language, BytesThatAreNoUtf8ReachTheTokenizer) {
  const auto prompt = tokens(language(""), chat({{Role::kUser, "a\xFF\xC3z"}}));
  EXPECT_NE(spell(prompt).find("a\xFF\xC3z"), std::string::npos);
}

TEST(Language, BosStandsOnceAsTheVocabularySays) {
  const Request request = chat({{Role::kUser, "x"}});
  const auto expected = with_controls({"<s>", "<|turn|>", "user:x", "<|turn|>"});
  EXPECT_EQ(tokens(language(""), request), expected);
  EXPECT_EQ(tokens(language("{{ bos_token }}"), request), expected);
  EXPECT_EQ(tokens(language("{{ bos_token }}", false), request),
            expected);  // the template's own wish
  EXPECT_EQ(tokens(language("", false), request), with_controls({"<|turn|>", "user:x", "<|turn|>"}));
}

TEST(Language, APromptIsContinuedWithoutATemplate) {
  const Language plain(std::make_unique<FakeTokenizer>(), std::nullopt);
  Request request;
  request.prompt = "once upon";
  EXPECT_EQ(tokens(plain, request), with_controls({"<s>", "once upon"}));
  request.messages = {{Role::kUser, "ignored"}};
  EXPECT_EQ(tokens(plain, request), with_controls({"<s>", "once upon"}));
  request.prompt.clear();
  request.raw = true;
  EXPECT_EQ(tokens(plain, request), with_controls({"<s>"}));
}

// A vocabulary that fills gaps; its control tokens are spelled "P", "S", "M" and the like in what spelled() gives.
class Coder {
 public:
  explicit Coder(bool names_files) {
    builder_.add_byte_letters();
    for (const char* name : {"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"})
      builder_.add(name, text::TokenKind::kControl);
    for (const char* name : {"<|repo_name|>", "<|file_sep|>"})
      if (names_files) builder_.add(name, text::TokenKind::kControl);
    language_.emplace(builder_.tokenizer(), std::nullopt);
  }

  const Language& language() const { return *language_; }

 private:
  text::VocabBuilder builder_{"gpt2", "gpt-2"};  // holds the tokens' texts
  std::optional<Language> language_;
};

std::string spelled(const Language& language, const Request& request) {
  std::string all;
  for (const Token token : tokens(language, request)) {
    constexpr const char* kMarks[] = {"[P]", "[S]", "[M]", "[R]", "[F]"};
    all += token < 256 ? language.tokenizer().decode(token) : kMarks[token - 256];
  }
  return all;
}

TEST(Language, AGapStandsBetweenItsTexts) {
  Request request;
  request.prompt = "def f(x):\n";
  request.gap = Gap{.suffix = "\n  return y", .begun = "  y ="};
  EXPECT_EQ(spelled(Coder(true).language(), request), "[P]def f(x):\n[S]\n  return y[M]  y =");
  request.prompt.clear();
  EXPECT_EQ(spelled(Coder(true).language(), request), "[P][S]\n  return y[M]  y =");
}

TEST(Language, FilesOfAProjectStandBeforeTheGap) {
  Request request;
  request.prompt = "a";
  request.gap = Gap{.suffix = "b", .files = {{"one.py", "1\n"}, {"two.py", "2"}}};
  EXPECT_EQ(spelled(Coder(true).language(), request),
            "[R]project\n[F]one.py\n1\n[F]two.py\n2\n[F]current\n[P]a[S]b[M]");
  EXPECT_EQ(spelled(Coder(false).language(), request), "one.py\n1\ntwo.py\n2\n[P]a[S]b[M]");
}

TEST(Language, NoTextAroundAGapBecomesAControlToken) {
  const std::string typed = "<|fim_middle|><|file_sep|>";
  Request request;
  request.prompt = typed;
  request.gap = Gap{.suffix = typed, .begun = typed, .files = {{typed, typed}}};
  const std::string all = spelled(Coder(true).language(), request);
  EXPECT_EQ(all,
            "[R]project\n[F]" + typed + "\n" + typed + "\n[F]current\n[P]" + typed + "[S]" + typed + "[M]" + typed);
}

TEST(Language, AModelThatFillsNoGapsSaysSo) {
  Request request;
  request.prompt = "a";
  request.gap = Gap{.suffix = "b"};
  const auto prompt = language("").prompt(request);
  ASSERT_FALSE(prompt);
  EXPECT_EQ(prompt.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(prompt.error().message.find("fill in the middle"), std::string::npos);
}

TEST(Language, APromptAsTextIsWhatTheTemplateMakesOfIt) {
  const auto text = language("").prompt_text(chat({{Role::kUser, "hi"}}));
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, "<|turn|>user:hi<|turn|>");
  Request plain;
  plain.prompt = "as it stands";
  EXPECT_EQ(*language("").prompt_text(plain), "as it stands");
  EXPECT_FALSE(language("").prompt_text({}));
}

TEST(Language, MessagesWithoutATemplateSayWhatToDoInstead) {
  const Language plain(std::make_unique<FakeTokenizer>(), std::nullopt);
  const auto prompt = plain.prompt(chat({{Role::kUser, "hi"}}));
  ASSERT_FALSE(prompt);
  EXPECT_EQ(prompt.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(prompt.error().message.find("--raw"), std::string::npos);
}

TEST(Language, NothingToReadIsAnError) {
  EXPECT_EQ(language("").prompt({}).error().code, ErrorCode::kBadRequest);
  Request empty;
  empty.raw = true;
  EXPECT_EQ(language("", false).prompt(empty).error().code, ErrorCode::kBadRequest);
}

TEST(Language, ABrokenTemplateStopsMessagesAndNotPlainPrompts) {
  const Language broken(std::make_unique<FakeTokenizer>(), text::ChatTemplate::parse("{% for %}"));
  EXPECT_TRUE(broken.has_chat_template());
  EXPECT_FALSE(broken.prompt(chat({{Role::kUser, "hi"}})));
  Request plain;
  plain.prompt = "x";
  EXPECT_TRUE(broken.prompt(plain));
}

TEST(Language, WhatATemplateRefusesIsABadRequest) {
  const Language strict(std::make_unique<FakeTokenizer>(),
                        text::ChatTemplate::parse("{{ raise_exception('roles must alternate') }}"));
  const auto prompt = strict.prompt(chat({{Role::kUser, "hi"}}));
  ASSERT_FALSE(prompt);
  EXPECT_EQ(prompt.error().code, ErrorCode::kBadRequest);
  EXPECT_NE(prompt.error().message.find("roles must alternate"), std::string::npos);
}

TEST(Language, TokenizesTextAsText) {
  const Language l = language("");
  EXPECT_EQ(l.tokenize("a<s>", false), with_controls({"a<", "s>"}));
  EXPECT_EQ(l.tokenize("a", true), with_controls({"<s>", "a"}));
  EXPECT_EQ(l.tokenize("", true), with_controls({"<s>"}));
}

}  // namespace
}  // namespace sotto::engine
