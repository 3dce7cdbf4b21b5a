#include "engine/session.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "engine/fake_model.h"
#include "support/python.h"

namespace sotto::engine {
namespace {

// What follows depends on every token that the cache still shows: one that is lost or read twice shows.
Token hash_of(const std::vector<Token>& text) {
  std::uint32_t hash = 2166136261u;
  for (const Token token : text) hash = (hash ^ static_cast<std::uint32_t>(token)) * 16777619u;
  return static_cast<Token>('a' + hash % 26);
}

TEST(Session, AnswersUntilTheModelEnds) {
  Bench bench(answers("hello"));
  const auto usage = bench.run(greedy("say>"));
  ASSERT_TRUE(usage) << usage.error().message;
  EXPECT_EQ(bench.text, "hello");
  EXPECT_EQ(bench.finish(), FinishReason::kStop);
  EXPECT_EQ(usage->prompt_tokens, 5);  // BOS and four bytes
  EXPECT_EQ(usage->cached_tokens, 0);
  EXPECT_EQ(usage->completion_tokens, 5);
  EXPECT_EQ(usage->load_ms, 1.5);
  EXPECT_GT(usage->prefill_ms, 0);
  EXPECT_GT(usage->decode_ms, 0);
}

TEST(Session, EventsComeInOrderAndTheLastCarriesTheUsage) {
  Bench bench(answers("ab"), 256, 0, {.chunk_tokens = 4, .draft_tokens = 0});
  ASSERT_TRUE(bench.run(greedy("123456789>")));
  std::vector<std::pair<int, int>> progress;
  std::size_t i = 0;
  for (; bench.events[i].kind == Event::Kind::kPrefill; ++i)
    progress.emplace_back(bench.events[i].done_tokens, bench.events[i].total_tokens);
  EXPECT_EQ(progress, (std::vector<std::pair<int, int>>{{0, 11}, {4, 11}, {8, 11}, {11, 11}}));
  EXPECT_EQ(bench.events[i].text, "a");
  EXPECT_EQ(bench.events[i + 1].text, "b");
  ASSERT_EQ(bench.events.size(), i + 3);
  EXPECT_EQ(bench.events[i + 2].kind, Event::Kind::kDone);
  EXPECT_EQ(bench.events[i + 2].usage.completion_tokens, 2);
}

TEST(Session, CodePointsComeWhole) {
  Bench bench(answers("\xC3\xA9\xF0\x9F\x98\x80!"));
  ASSERT_TRUE(bench.run(greedy(">")));
  std::vector<std::string> texts;
  for (const Event& event : bench.events)
    if (event.kind == Event::Kind::kText) texts.push_back(event.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"\xC3\xA9", "\xF0\x9F\x98\x80", "!"}));
}

TEST(Session, MaxTokensEndsTheAnswer) {
  Bench bench(answers("hello"));
  for (const int most : {0, 1, 3}) {
    Request request = greedy("say>");
    request.max_tokens = most;
    const auto usage = bench.run(request);
    ASSERT_TRUE(usage);
    EXPECT_EQ(bench.text, std::string("hello").substr(0, static_cast<std::size_t>(most)));
    EXPECT_EQ(usage->completion_tokens, most);
    EXPECT_EQ(bench.finish(), FinishReason::kLength);
  }
}

TEST(Session, APartOfACodePointAtTheEndIsShownAsBroken) {
  Bench bench(answers("a\xC3\xA9"));
  Request request = greedy(">");
  request.max_tokens = 2;
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(bench.text, "a\xEF\xBF\xBD");
}

TEST(Session, StopStringsAcrossTokensNeverShow) {
  Bench bench(answers("one\nUser: two"));
  Request request = greedy(">");
  request.stop = {"\nUser:", "three"};
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(bench.text, "one");
  EXPECT_EQ(bench.finish(), FinishReason::kStop);
  EXPECT_EQ(bench.events.back().usage.completion_tokens, 9);
}

TEST(Session, AStopStringThatDoesNotComeIsGivenBack) {
  Bench bench(answers("one\nUse"));
  Request request = greedy(">");
  request.stop = {"\nUser:"};
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(bench.text, "one\nUse");
}

TEST(Session, PenaltiesLookAtTheAnswerAndNotAtThePrompt) {
  Bench bench(answers("xx"));
  Request request = greedy("xxx>");
  request.sampling.presence_penalty = 100;
  request.max_tokens = 2;
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(bench.text.front(), 'x');
  EXPECT_NE(bench.text, "xx");
}

TEST(Session, IgnoreEosGoesOnUntilTheLimit) {
  Bench bench(answers("hi"));
  Request request = greedy(">");
  request.ignore_eos = true;
  request.max_tokens = 20;
  const auto usage = bench.run(request);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->completion_tokens, 20);
  EXPECT_EQ(bench.text.substr(0, 2), "hi");
  EXPECT_EQ(bench.finish(), FinishReason::kLength);
}

TEST(Session, AFullContextEndsTheAnswerAndSaysSo) {
  Bench bench(answers(std::string(100, 'x')), 16);
  const auto usage = bench.run(greedy("123>"));
  ASSERT_TRUE(usage);
  EXPECT_EQ(bench.finish(), FinishReason::kContextFull);
  // BOS and four bytes leave room for eleven.
  EXPECT_EQ(bench.text, std::string(11, 'x'));
  EXPECT_EQ(usage->prompt_tokens + usage->completion_tokens, 16);
  EXPECT_EQ(bench.n_forwarded(), 16u);
}

TEST(Session, AnAnswerThatJustFillsTheContextIsWhole) {
  Bench bench(answers(std::string(11, 'x')), 16);
  ASSERT_TRUE(bench.run(greedy("123>")));
  EXPECT_EQ(bench.text, std::string(11, 'x'));
  EXPECT_EQ(bench.finish(), FinishReason::kStop);
}

TEST(Session, APromptThatDoesNotFitNamesBothNumbers) {
  Bench bench(answers("x"), 16);
  const auto usage = bench.run(greedy(std::string(16, 'p')));
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kContextFull);
  for (const char* part : {"17", "16", "shorten the prompt"})
    EXPECT_NE(usage.error().message.find(part), std::string::npos) << usage.error().message;
  EXPECT_TRUE(bench.model.calls.empty());
  EXPECT_TRUE(bench.run(greedy(std::string(13, 'p') + ">")));
  EXPECT_EQ(bench.text, "x");
}

TEST(Session, WhatIsThereAlreadyIsNotComputedAgain) {
  Bench bench(answers("ab"));
  ASSERT_TRUE(bench.run(greedy("one>")));
  auto usage = bench.run(greedy("one>ab two>"));
  ASSERT_TRUE(usage);
  EXPECT_EQ(bench.text, "ab");
  EXPECT_EQ(usage->prompt_tokens, 12);
  EXPECT_EQ(usage->cached_tokens, 7);
  EXPECT_EQ(bench.n_forwarded(), 5u + 2u);
  EXPECT_EQ(bench.events.front().done_tokens, 7);

  // Another end: only what differs. The same again: one token, for its logits.
  usage = bench.run(greedy("one>ab tWo>"));
  EXPECT_EQ(usage->cached_tokens, 9);
  EXPECT_EQ(bench.text, "ab");
  usage = bench.run(greedy("one>ab tWo>"));
  EXPECT_EQ(usage->cached_tokens, 11);
  EXPECT_EQ(bench.text, "ab");

  bench.session->clear();
  usage = bench.run(greedy("one>ab tWo>"));
  EXPECT_EQ(usage->cached_tokens, 0);
}

TEST(Session, AWindowThatHasMovedOnIsComputedAgain) {
  const auto echo = [](const std::vector<Token>& text) { return text.size() > 3 ? text[text.size() - 4] : Token{'?'}; };
  Bench reused(echo, 256, 4);
  Request request = greedy(std::string(150, 'a') + "bcde");
  request.max_tokens = 60;
  ASSERT_TRUE(reused.run(request));
  const Request shorter = [&] {
    Request r = greedy(std::string(20, 'a') + "wxyz");
    r.max_tokens = 8;
    return r;
  }();
  const auto usage = reused.run(shorter);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->cached_tokens, 0);
  EXPECT_EQ(reused.text, "wxyzwxyz");
}

TEST(Session, ChunksDoNotChangeTheAnswer) {
  Request request = greedy(std::string(100, 'q'));
  request.max_tokens = 40;
  Bench whole(hash_of);
  ASSERT_TRUE(whole.run(request));
  EXPECT_EQ(whole.model.calls.front(), 64u);
  for (const int chunk : {1, 2, 7, 50, 63, 101}) {
    Bench cut(hash_of, 256, 0, {.chunk_tokens = chunk, .draft_tokens = 0});
    ASSERT_TRUE(cut.run(request));
    EXPECT_EQ(cut.text, whole.text);
    EXPECT_EQ(cut.model.calls.front(), static_cast<std::size_t>(std::min(chunk, 64)));
  }
}

TEST(Session, CancellingIsObeyedWithinOneToken) {
  std::atomic<bool> cancel{false};
  Bench bench(answers(std::string(100, 'x')));
  bench.on_event = [&](const Event& event) {
    if (event.kind == Event::Kind::kText && bench.text.size() == 5) cancel = true;
  };
  Request request = greedy(">");
  request.cancel = &cancel;
  const auto usage = bench.run(request);
  ASSERT_TRUE(usage);
  EXPECT_EQ(bench.finish(), FinishReason::kCancelled);
  EXPECT_EQ(bench.text, "xxxxx");
  EXPECT_EQ(bench.n_forwarded(), 2u + 4u);
  // The session goes on from there.
  cancel = false;
  bench.on_event = nullptr;
  const auto again = bench.run(greedy(">xxxx>"));
  EXPECT_EQ(again->cached_tokens, 6);
}

TEST(Session, CancellingWhileThePromptIsReadStopsAtTheNextChunk) {
  std::atomic<bool> cancel{false};
  Bench bench(answers("x"), 256, 0, {.chunk_tokens = 10, .draft_tokens = 0});
  bench.model.during_forward = [&] { cancel = bench.model.calls.size() == 3; };
  Request request = greedy(std::string(100, 'q') + ">");
  request.cancel = &cancel;
  const auto usage = bench.run(request);
  ASSERT_TRUE(usage);
  EXPECT_EQ(bench.finish(), FinishReason::kCancelled);
  EXPECT_EQ(bench.model.calls.size(), 3u);
  EXPECT_EQ(bench.text, "");
}

TEST(Session, WhoHasEnoughEndsTheAnswerOrTheReading) {
  Bench bench(answers(std::string(100, 'x')), 256, 0, {.chunk_tokens = 10, .draft_tokens = 0});
  Request request = greedy(">");
  request.enough = [&] { return bench.text.size() >= 5; };
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(bench.finish(), FinishReason::kLength);
  EXPECT_EQ(bench.text, "xxxxx");
  request = greedy(std::string(100, 'q') + ">");
  request.enough = [&] { return bench.model.calls.size() >= 3; };
  ASSERT_TRUE(bench.run(request));
  EXPECT_EQ(bench.finish(), FinishReason::kLength);
  EXPECT_EQ(bench.text, "");
  EXPECT_EQ(bench.n_forwarded(), 30u);
  // What was read stays read.
  request.enough = nullptr;
  request.max_tokens = 0;
  EXPECT_EQ(bench.run(request)->cached_tokens, 31);
}

TEST(Session, TheSameSeedGivesTheSameText) {
  const auto flat = [](const std::vector<Token>&) { return Token{'a'}; };
  const auto text_of = [&](std::uint64_t seed) {
    Bench bench(flat);
    Request request;
    request.prompt = "p";
    request.max_tokens = 50;
    request.ignore_eos = true;
    request.sampling.temperature = 10;
    request.sampling.top_k = 0;
    request.sampling.top_p = 1;
    request.sampling.min_p = 0;
    request.sampling.seed = seed;
    EXPECT_TRUE(bench.run(request));
    return bench.text;
  };
  EXPECT_EQ(text_of(7), text_of(7));
  EXPECT_NE(text_of(7), text_of(8));
}

TEST(Session, BadRequestsLeaveTheSessionAsItWas) {
  Bench bench(answers("ab"));
  ASSERT_TRUE(bench.run(greedy("one>")));
  std::vector<Request> bad(4, greedy("one>"));
  bad[0].max_tokens = -2;
  bad[1].sampling.top_p = 7;
  bad[2].stop = {""};
  bad[3].prompt = "";
  for (const Request& request : bad) {
    const auto usage = bench.run(request);
    ASSERT_FALSE(usage);
    EXPECT_EQ(usage.error().code, ErrorCode::kBadRequest) << usage.error().message;
    EXPECT_TRUE(bench.events.empty());
  }
  EXPECT_EQ(bench.run(greedy("one>"))->cached_tokens, 4);
}

TEST(Session, ASinkIsNotNeeded) {
  Bench bench(answers("ab"));
  const auto usage = bench.session->run(greedy(">"), nullptr);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->completion_tokens, 2);
}

TEST(Session, WhatASinkThrowsBecomesAnError) {
  Bench bench(answers("ab"));
  bench.on_event = [](const Event& event) {
    if (event.kind == Event::Kind::kText) throw std::runtime_error("the pipe is closed");
  };
  const auto usage = bench.run(greedy(">"));
  ASSERT_FALSE(usage);
  EXPECT_NE(usage.error().message.find("the pipe is closed"), std::string::npos);
  bench.on_event = nullptr;
  ASSERT_TRUE(bench.run(greedy("one>")));
  EXPECT_EQ(bench.text, "ab");
}

TEST(Session, WhateverASinkThrowsBecomesAnError) {
  Bench bench(answers("ab"));
  bench.on_event = [](const Event& event) {
    if (event.kind == Event::Kind::kText) throw 42;
  };
  const auto usage = bench.run(greedy(">"));
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kIo);
  bench.on_event = nullptr;
  EXPECT_TRUE(bench.run(greedy(">")));
}

TEST(Session, WhatTheModelThrowsBecomesAnErrorAndForgetsTheHalfReadText) {
  Bench bench(answers("ab"));
  ASSERT_TRUE(bench.run(greedy("one>")));
  bench.model.during_forward = [] { throw std::bad_alloc(); };
  const auto usage = bench.run(greedy("one>ab>"));
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().code, ErrorCode::kBudget);
  bench.model.during_forward = nullptr;
  const auto again = bench.run(greedy("one>ab>"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->cached_tokens, 0);
  EXPECT_EQ(bench.text, "ab");
}

TEST(Session, LogitsOfEveryPosition) {
  Bench bench(answers("abc"), 8, 0, {.chunk_tokens = 2, .draft_tokens = 0});
  const std::vector<Token> tokens{kBos, '>', 'a', 'b', 'c'};
  const auto logits = bench.session->logits(tokens);
  ASSERT_TRUE(logits);
  const std::size_t width = kFakeVocab + 5;
  ASSERT_EQ(logits->size(), tokens.size() * width);
  const Token expected[] = {'a', 'a', 'b', 'c', kEos};
  for (std::size_t i = 1; i < tokens.size(); ++i)
    EXPECT_EQ((*logits)[i * width + static_cast<std::size_t>(expected[i])], 12.0f) << i;
  EXPECT_EQ(bench.session->logits(tokens)->size(), logits->size());  // from an empty state again
}

TEST(Session, LogitsRefusesWhatDoesNotFitOrIsNoToken) {
  Bench bench(answers("abc"), 4);
  EXPECT_EQ(bench.session->logits({1, 2, 3, 4, 5}).error().code, ErrorCode::kContextFull);
  for (const Token token : {-1, kFakeVocab + 5}) {
    const auto logits = bench.session->logits({1, token});
    ASSERT_FALSE(logits);
    EXPECT_EQ(logits.error().code, ErrorCode::kBadRequest);
    EXPECT_NE(logits.error().message.find("tokens[1]"), std::string::npos);
  }
  EXPECT_TRUE(bench.session->logits({})->empty());
}

TEST(Session, ARestoredSessionAnswersAsTheKeptOneDoes) {
  const support::ScratchFolder folder;
  const std::string path = folder.file("kept");
  const std::string first = "A prompt that is longer than the window of this model, by far.";
  for (const int window : {0, 20}) {
    Bench kept(hash_of, 256, window);
    Request request = greedy(first);
    request.max_tokens = 90;
    ASSERT_TRUE(kept.run(request));
    const std::string answer = kept.text;
    ASSERT_TRUE(kept.session->save(path, "a note"));
    Bench restored(hash_of, 256, window);
    const auto note = restored.session->restore(path);
    ASSERT_TRUE(note) << note.error().message;
    EXPECT_EQ(*note, "a note");
    for (const std::string& prompt : {first + answer + " And then?", first + answer + " And so?", first + "Other"}) {
      request.prompt = prompt;
      request.max_tokens = 30;
      const auto expected = kept.run(request), found = restored.run(request);
      ASSERT_TRUE(expected && found);
      EXPECT_EQ(restored.text, kept.text);
      EXPECT_EQ(found->cached_tokens, expected->cached_tokens) << prompt;
      EXPECT_EQ(restored.n_forwarded(), kept.n_forwarded());
    }
  }
}

TEST(Session, WhatWasCancelledIsKeptAsFarAsItCame) {
  const support::ScratchFolder folder;
  const std::string path = folder.file("kept");
  std::atomic<bool> cancel{false};
  Bench bench(answers(std::string(100, 'x')));
  bench.on_event = [&](const Event& event) { cancel = event.kind == Event::Kind::kText && bench.text.size() == 5; };
  Request request = greedy(">");
  request.cancel = &cancel;
  ASSERT_TRUE(bench.run(request));
  ASSERT_EQ(bench.finish(), FinishReason::kCancelled);
  ASSERT_TRUE(bench.session->save(path, ""));
  Bench restored(answers(std::string(100, 'x')));
  ASSERT_TRUE(restored.session->restore(path));
  EXPECT_EQ(restored.run(greedy(">xxxx>"))->cached_tokens, 6);
}

TEST(Session, SavesOnlyWhatHasChanged) {
  const support::ScratchFolder folder;
  const std::string path = folder.file("kept");
  const auto inode = [&path] {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
  };
  const auto saves = [&](Session& session, const char* note) {
    const std::ifstream old(path);  // so that the number is not given out again
    const auto before = inode();
    EXPECT_TRUE(session.save(path, note));
    return inode() != before;
  };
  Bench bench(answers("ab"));
  ASSERT_TRUE(bench.run(greedy("one>")));
  ASSERT_TRUE(bench.session->save(path, "note"));
  EXPECT_FALSE(saves(*bench.session, "note"));
  EXPECT_TRUE(saves(*bench.session, "another note"));
  Bench restored(answers("ab"));
  ASSERT_TRUE(restored.session->restore(path));
  EXPECT_FALSE(saves(*restored.session, "another note"));
  ASSERT_TRUE(restored.run(greedy("one>ab two>")));
  EXPECT_TRUE(saves(*restored.session, "another note"));
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::seconds(1));
  EXPECT_TRUE(saves(*restored.session, "another note")) << "somebody else has written the file";
  std::filesystem::remove(path);
  EXPECT_TRUE(restored.session->save(path, "another note"));
  EXPECT_NE(inode(), 0u) << "a file that is gone is written again";
}

TEST(Session, AFailedRestoreLeavesAnEmptySessionThatWorks) {
  const support::ScratchFolder folder;
  Bench bench(answers("ab"));
  ASSERT_TRUE(bench.run(greedy("one>")));
  const auto note = bench.session->restore(folder.file("nothing"));
  ASSERT_FALSE(note);
  EXPECT_EQ(note.error().code, ErrorCode::kNotFound);
  const auto usage = bench.run(greedy("one>"));
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->cached_tokens, 0);
  EXPECT_EQ(bench.text, "ab");
}

TEST(Session, SessionsOnDifferentThreadsWaitForEachOther) {
  Bench bench(answers(std::string(60, 'x')));
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  bench.model.during_forward = [&] {
    if (++inside > 1) overlapped = true;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    --inside;
  };
  std::vector<std::string> texts(3);
  std::vector<std::thread> threads;
  for (std::string& text : texts)
    threads.emplace_back([&bench, &text] {
      const auto session = make_session({bench.language, bench.model, bench.batcher, 256});
      EXPECT_TRUE(session->run(greedy("go>"), [&text](const Event& event) { text += event.text; }));
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, std::string(60, 'x'));
  EXPECT_FALSE(overlapped);
}

}  // namespace
}  // namespace sotto::engine
