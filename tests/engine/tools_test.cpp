// Calls of tools through a whole session, with models that write what a test says.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/fake_model.h"

namespace sotto::engine {
namespace {

using Mode = ToolChoice::Mode;

// Says `answer` after the prompt, which ends with a control token.
FakeModel::Next says(std::string answer) {
  return [answer = std::move(answer)](const std::vector<Token>& text) -> Token {
    std::size_t said = 0;
    while (said < text.size() && text[text.size() - 1 - said] != kTurn) ++said;
    return said < answer.size() ? static_cast<unsigned char>(answer[said]) : kEos;
  };
}

constexpr const char* kPlain = "{% for m in messages %}{{ m.role }}:{{ m.content }}{% endfor %}<|turn|>";

struct Chat {
  explicit Chat(std::string answer, const std::string& shown = "", const std::string& chat_template = kPlain)
      : model(says(std::move(answer))),
        language(std::make_unique<FakeTokenizer>(), text::ChatTemplate::parse(chat_template), nullptr,
                 shown_tool_form(shown)),
        batcher(model),
        session(make_session({language, model, batcher, 4096, 0, "Fake", [] { return 7u; }}, {.draft_tokens = 0})) {
    request.messages = {{Role::kUser, "hi"}};
    request.tools = {
        {"pick", "Picks.", R"({"properties": {"color": {"enum": ["red", "blue"]}, "n": {"type": "integer"}},
                      "required": ["color", "n"]})"}};
    request.sampling.temperature = 0;
  }

  // Text as it stands, calls as "[name arguments]".
  std::string run() {
    std::string told;
    const auto usage = session->run(request, [&](const Event& event) {
      told += event.text;
      if (event.kind == Event::Kind::kCall) told += "[" + event.call.name + " ";
      if (event.kind == Event::Kind::kCallEnd) told += "]";
      if (event.kind == Event::Kind::kCallArguments) ++n_pieces;
      if (event.kind == Event::Kind::kDone) finish = event.finish;
    });
    EXPECT_TRUE(usage) << usage.error().message;
    return told;
  }

  FakeModel model;
  Language language;
  Batcher batcher;
  std::unique_ptr<Session> session;
  Request request;
  FinishReason finish{};
  int n_pieces = 0;
};

const std::string kCall =
    "<tool_call>\n{\"name\": \"pick\", \"arguments\": {\"color\": \"red\", \"n\": 7}}\n</tool_call>";
const std::string kTold = "[pick {\"color\": \"red\", \"n\": 7}]";

TEST(Tools, ACallStreams) {
  Chat chat("I pick.\n" + kCall);
  EXPECT_EQ(chat.run(), "I pick." + kTold);
  EXPECT_EQ(chat.finish, FinishReason::kToolCalls);
  EXPECT_GT(chat.n_pieces, 10);  // a token each
}

TEST(Tools, TextIsText) {
  Chat chat("No tool is <needed>.");
  EXPECT_EQ(chat.run(), "No tool is <needed>.");
  EXPECT_EQ(chat.finish, FinishReason::kStop);
}

TEST(Tools, FromTheMarkOnTheModelIsHeldToTheSchema) {
  Chat chat("<tool_call>\n{\"name\": \"pick\", \"arguments\": {\"color\": \"green\"}}");
  chat.request.max_tokens = 400;
  const std::string told = chat.run();
  ASSERT_EQ(chat.finish, FinishReason::kToolCalls) << told;
  const auto arguments = nlohmann::json::parse(told.substr(6, told.find(']') - 6));
  EXPECT_TRUE(arguments["color"] == "red" || arguments["color"] == "blue");
  EXPECT_TRUE(arguments["n"].is_number_integer());
}

TEST(Tools, WithoutAGrammarMalformedCallsAreText) {
  for (const char* answer : {"[TOOL_CALLS][{\"name\": \"pick\", \"arguments\": {\"color\": red}}] and on",
                             "[TOOL_CALLS][{\"name\": \"other\", \"arguments\": {}}]",
                             "[TOOL_CALLS]pick[ARGS]{\"color\"", "[TOOL_CALLS]", "[TOOL_CALLS][TOOL_CALLS]"}) {
    Chat chat(answer, "{{ tools }} [TOOL_CALLS]");
    EXPECT_EQ(chat.run(), answer);
    EXPECT_EQ(chat.finish, FinishReason::kStop);
  }
  Chat chat("[TOOL_CALLS]pick[ARGS]{\"color\": \"any\"}", "{{ tools }} [TOOL_CALLS]");
  EXPECT_EQ(chat.run(), "[pick {\"color\":\"any\"}]");
  EXPECT_EQ(chat.finish, FinishReason::kToolCalls);
}

TEST(Tools, AForcedCallIsOneWhateverTheModelWouldSay) {
  for (const char* shown : {"", "tools <tool_call>", "tools [TOOL_CALLS]", "tools <|python_tag|>", "tools <function=",
                            "tools <|tool_call>call:", "tools <|tool_list_start|>", "tools <|START_ACTION|>"}) {
    Chat chat("I would rather talk.", shown);
    chat.request.tool_choice = {Mode::kNamed, "pick"};
    chat.request.max_tokens = 600;
    const std::string told = chat.run();
    ASSERT_EQ(chat.finish, FinishReason::kToolCalls) << shown << ": " << told;
    ASSERT_TRUE(told.starts_with("[pick {") && told.ends_with("}]")) << told;
    const auto arguments = nlohmann::json::parse(told.substr(6, told.size() - 7));
    EXPECT_TRUE(arguments["color"] == "red" || arguments["color"] == "blue") << told;
    EXPECT_TRUE(arguments["n"].is_number_integer()) << told;
    EXPECT_EQ(arguments.size(), 2u);
  }
}

TEST(Tools, ACallThatALimitCutsSaysSo) {
  Chat chat(kCall);
  chat.request.max_tokens = 55;
  const std::string told = chat.run();
  EXPECT_TRUE(told.starts_with("[pick {\"color\"")) << told;
  EXPECT_FALSE(told.ends_with("]"));
  EXPECT_EQ(chat.finish, FinishReason::kLength);
}

TEST(Tools, OneCallAloneWhereNoneMayRunBesideIt) {
  Chat several(kCall + "\n" + kCall);
  EXPECT_EQ(several.run(), kTold + kTold);
  Chat one(kCall + "\n" + kCall);
  one.request.tool_choice.parallel = false;
  EXPECT_EQ(one.run(), kTold);
  EXPECT_EQ(one.finish, FinishReason::kToolCalls);
}

TEST(Tools, WithoutToolsMarksAreText) {
  Chat chat(kCall);
  chat.request.tools.clear();
  EXPECT_EQ(chat.run(), kCall);
  EXPECT_EQ(chat.finish, FinishReason::kStop);
}

TEST(Tools, ATemplateThatRefusesASystemMessageGetsToolsFromTheUser) {
  Chat chat("Hello.", "",
            "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
            "{{ m.content }}{% endfor %}<|turn|>");
  EXPECT_EQ(chat.run(), "Hello.");
}

}  // namespace
}  // namespace sotto::engine
