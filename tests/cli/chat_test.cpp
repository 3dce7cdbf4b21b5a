#include "cli/chat.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/fake_engine.h"

namespace sotto::cli {
namespace {

class ChatTest : public testing::Test {
 protected:
  void SetUp() override { sink_ = ::open("/dev/null", O_WRONLY); }
  void TearDown() override { ::close(sink_); }

  Result<Answer> say(Chat& chat, std::string_view text) {
    Output out(sink_);
    return chat.say(text, interrupt_, out);
  }

  Script script_;
  InterruptGuard interrupt_;
  int sink_ = -1;
};

TEST_F(ChatTest, EachQuestionCarriesWhatWasSaid) {
  script_.pieces = {"fine"};
  Settings settings;
  settings.system = "Be brief.";
  Chat chat(fake_model(script_, fake_info()), settings);
  ASSERT_TRUE(say(chat, "How are you?"));
  ASSERT_TRUE(say(chat, "Really?"));
  const std::vector<Message>& messages = script_.requests.at(1).messages;
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[0].role, Role::kSystem);
  EXPECT_EQ(messages[0].content, "Be brief.");
  EXPECT_EQ(messages[1].content, "How are you?");
  EXPECT_EQ(messages[2].role, Role::kAssistant);
  EXPECT_EQ(messages[2].content, "fine");
  EXPECT_EQ(messages[3].content, "Really?");
}

TEST_F(ChatTest, AfterAnErrorNothingWasSaid) {
  Chat chat(fake_model(script_, fake_info()), Settings());
  script_.error = Error{ErrorCode::kContextFull, "the prompt has 1200 tokens, the context holds 1000"};
  const Result<Answer> answer = say(chat, "long");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("1200"), std::string::npos);
  EXPECT_NE(answer.error().message.find("/clear"), std::string::npos) << answer.error().message;
  EXPECT_NE(answer.error().message.find("8000"), std::string::npos) << answer.error().message;
  EXPECT_TRUE(chat.messages().empty());
}

TEST_F(ChatTest, RestartForgets) {
  script_.pieces = {"x"};
  Chat chat(fake_model(script_, fake_info()), Settings());
  ASSERT_TRUE(say(chat, "a"));
  chat.restart();
  ASSERT_TRUE(say(chat, "b"));
  EXPECT_EQ(script_.requests.back().messages.size(), 1u);
  EXPECT_EQ(script_.clears, 1);
}

TEST_F(ChatTest, AModelWithoutATemplateContinuesEachTextAlone) {
  script_.pieces = {"x"};
  Chat chat(fake_model(script_, fake_info(false)), Settings());
  ASSERT_TRUE(say(chat, "Once upon"));
  ASSERT_TRUE(say(chat, "There was"));
  EXPECT_TRUE(script_.requests.back().raw);
  EXPECT_EQ(script_.requests.back().prompt, "There was");
  EXPECT_TRUE(script_.requests.back().messages.empty());
}

TEST(SingleRequest, RawSkipsTheTemplate) {
  Settings settings;
  settings.raw = true;
  settings.system = "Facts:";
  const Request request = request_after({}, "<|im_start|>", settings, fake_info());
  EXPECT_TRUE(request.raw);
  EXPECT_EQ(request.prompt, "Facts:\n\n<|im_start|>");
  EXPECT_TRUE(request.messages.empty());
}

TEST(PlainTextNotice, OnlyForModelsThatHaveNoTemplate) {
  EXPECT_EQ(plain_text_notice(Settings(), fake_info()), "");
  EXPECT_NE(plain_text_notice(Settings(), fake_info(false)), "");
  Settings raw;
  raw.raw = true;
  EXPECT_EQ(plain_text_notice(raw, fake_info(false)), "");
}

TEST(RoomNotice, ComesBeforeTheContextIsFull) {
  Answer answer;
  answer.usage.prompt_tokens = 500;
  answer.usage.completion_tokens = 100;
  EXPECT_EQ(room_notice(answer, fake_info()), "");
  answer.usage.prompt_tokens = 850;
  const std::string text = room_notice(answer, fake_info());
  for (const char* part : {"950", "1000", "/clear", "/set ctx"}) EXPECT_NE(text.find(part), std::string::npos) << text;
  answer.finish = FinishReason::kContextFull;
  EXPECT_EQ(room_notice(answer, fake_info()), "");
}

}  // namespace
}  // namespace sotto::cli
