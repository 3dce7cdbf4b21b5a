#include "cli/answer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "cli/fake_engine.h"

namespace sotto::cli {
namespace {

Answer finished(FinishReason finish, int prompt_tokens, int completion_tokens) {
  Answer answer;
  answer.finish = finish;
  answer.usage.prompt_tokens = prompt_tokens;
  answer.usage.completion_tokens = completion_tokens;
  return answer;
}

TEST(StreamAnswer, CollectsTheTextAndTheFigures) {
  Script script;
  script.pieces = {"Pa", "ris"};
  script.usage.completion_tokens = 2;
  FakeSession session(script);
  InterruptGuard interrupt;
  Request request;
  request.sampling.seed = 7;
  const Result<Answer> answer = stream_answer(session, request, interrupt, nullptr);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "Paris");
  EXPECT_EQ(answer->finish, FinishReason::kStop);
  EXPECT_EQ(answer->usage.completion_tokens, 2);
  EXPECT_EQ(answer->seed, 7u);
}

TEST(StreamAnswer, CtrlCStopsTheAnswerAndKeepsWhatCame) {
  Script script;
  script.pieces = {"one ", "two ", "three"};
  script.after_each_piece = [] { std::raise(SIGINT); };
  FakeSession session(script);
  InterruptGuard interrupt;
  const Result<Answer> answer = stream_answer(session, Request(), interrupt, nullptr);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "one ");
  EXPECT_EQ(answer->finish, FinishReason::kCancelled);
  EXPECT_TRUE(interrupt.take());
  EXPECT_FALSE(interrupt.interrupted());
}

TEST(StreamAnswer, AReaderThatHasGoneStopsTheAnswer) {
  ignore_broken_pipes();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  Script script;
  script.pieces = {"one ", "two ", "three"};
  FakeSession session(script);
  InterruptGuard interrupt;
  Output out(ends[1]);
  const Result<Answer> answer = stream_answer(session, Request(), interrupt, &out);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->finish, FinishReason::kCancelled);
  EXPECT_EQ(out.error(), EPIPE);
  ::close(ends[1]);
}

TEST(StreamAnswer, HandsErrorsOn) {
  Script script;
  script.error = Error{ErrorCode::kContextFull, "the prompt has 5000 tokens, the context 1000"};
  FakeSession session(script);
  InterruptGuard interrupt;
  const Result<Answer> answer = stream_answer(session, Request(), interrupt, nullptr);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kContextFull);
}

TEST(HowToEnlarge, NamesTheSettingAndWhatTheModelWasTrainedFor) {
  ModelInfo info;
  info.ctx_tokens = 4096;
  EXPECT_EQ(how_to_enlarge(info, Place::kCommand), "--ctx N enlarges the context");
  EXPECT_EQ(how_to_enlarge(info, Place::kChat), "/set ctx N enlarges the context; /clear starts anew");
  info.train_ctx_tokens = 8192;
  EXPECT_EQ(how_to_enlarge(info, Place::kCommand),
            "--ctx N enlarges the context up to 8192 tokens, for which the model was trained");
  info.ctx_tokens = 8192;
  EXPECT_EQ(how_to_enlarge(info, Place::kCommand), "the model was trained for no more than 8192 tokens");
  EXPECT_EQ(how_to_enlarge(info, Place::kChat),
            "the model was trained for no more than 8192 tokens; /clear starts anew");
}

TEST(CutNotice, SilentForAWholeAnswer) {
  for (const Place place : {Place::kCommand, Place::kChat}) {
    EXPECT_EQ(cut_notice(finished(FinishReason::kStop, 10, 10), fake_info(), place), "");
    EXPECT_EQ(cut_notice(finished(FinishReason::kCancelled, 10, 10), fake_info(), place), "");
  }
}

TEST(CutNotice, NamesTheNumbersAndTheWayOut) {
  const Answer full = finished(FinishReason::kContextFull, 900, 100), cut = finished(FinishReason::kLength, 5, 20);
  const std::string numbers =
      "the answer was cut: the context of 1000 tokens is full (900 of the prompt, 100 of the answer); ";
  for (const Place place : {Place::kCommand, Place::kChat})
    EXPECT_EQ(cut_notice(full, fake_info(), place), numbers + how_to_enlarge(fake_info(), place));
  EXPECT_EQ(cut_notice(cut, fake_info(), Place::kCommand),
            "the answer was cut after 20 tokens, as asked for; --max-tokens N allows more");
  EXPECT_EQ(cut_notice(cut, fake_info(), Place::kChat),
            "the answer was cut after 20 tokens, as asked for; /set max_tokens N allows more");
}

TEST(CutNotice, DoesNotPromiseMoreThanTheModelWasTrainedFor) {
  ModelInfo info = fake_info();
  info.train_ctx_tokens = info.ctx_tokens;
  const std::string text = cut_notice(finished(FinishReason::kContextFull, 900, 100), info, Place::kCommand);
  EXPECT_EQ(text.find("--ctx"), std::string::npos) << text;
}

TEST(AnswerJson, HoldsTextReasonUsageAndTimings) {
  Answer answer = finished(FinishReason::kLength, 30, 8);
  answer.text = "line\n\"quoted\" \xFF";
  answer.seed = 99;
  answer.usage.cached_tokens = 10;
  answer.usage.drafted_tokens = 6;
  answer.usage.accepted_tokens = 4;
  answer.usage.prefill_ms = 100;
  answer.usage.decode_ms = 400;
  const std::string line = answer_json(answer, "smollm2");
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["model"], "smollm2");
  EXPECT_EQ(object["text"], "line\n\"quoted\" \xEF\xBF\xBD");
  EXPECT_EQ(object["finish_reason"], "length");
  EXPECT_EQ(object["seed"], 99);
  EXPECT_EQ(object["usage"]["prompt_tokens"], 30);
  EXPECT_EQ(object["usage"]["drafted_tokens"], 6);
  EXPECT_EQ(object["usage"]["accepted_tokens"], 4);
  EXPECT_DOUBLE_EQ(object["timings"]["prefill_tokens_per_s"], 200);
  EXPECT_DOUBLE_EQ(object["timings"]["decode_tokens_per_s"], 20);
}

TEST(DescribeTimings, NamesEachFigure) {
  Answer answer = finished(FinishReason::kStop, 30, 8);
  answer.usage.load_ms = 50;
  answer.usage.decode_ms = 400;
  answer.usage.drafted_tokens = 6;
  answer.usage.accepted_tokens = 4;
  const std::string text = describe_timings(answer);
  for (const char* part :
       {"load duration:", "prompt eval rate:", "eval rate:", "20.00 tokens/s", "50.0ms", "6 tokens, 4 of them right"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace sotto::cli
