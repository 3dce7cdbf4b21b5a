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

TEST(CutNotice, SilentForAWholeAnswer) {
  EXPECT_EQ(cut_notice(finished(FinishReason::kStop, 10, 10), fake_info()), "");
  EXPECT_EQ(cut_notice(finished(FinishReason::kCancelled, 10, 10), fake_info()), "");
}

TEST(CutNotice, NamesTheNumbersAndTheWayOut) {
  const std::string text = cut_notice(finished(FinishReason::kContextFull, 900, 100), fake_info());
  for (const char* part : {"1000", "900", "100", "8000", "--ctx"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  const std::string limit = cut_notice(finished(FinishReason::kLength, 5, 20), fake_info());
  EXPECT_NE(limit.find("20"), std::string::npos) << limit;
}

TEST(CutNotice, DoesNotPromiseMoreThanTheModelWasTrainedFor) {
  ModelInfo info = fake_info();
  info.train_ctx_tokens = info.ctx_tokens;
  const std::string text = cut_notice(finished(FinishReason::kContextFull, 900, 100), info);
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
