// Processes that start together, and processes that are killed while they pack.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <random>

#include "packed_model.h"

namespace sotto::model::packed {
namespace {

constexpr int kPacked = 0, kFound = 1, kWrong = 2;

// A process of its own that does `work` and exits with what it returns.
pid_t run(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(work());
  return pid;
}

// Its exit code; minus the signal that ended it.
int end_of(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int outcome(const Start& begun, const std::vector<float>& right) {
  if (begun.logits != right || !begun.warning.empty()) return kWrong;
  return begun.packed ? kPacked : kFound;
}

void expect_one_whole_file(const PackedModel& model) {
  EXPECT_EQ(model.files(".packed").size(), 1u);
  EXPECT_EQ(model.files("").size(), 1u);
}

TEST(PackedProcesses, OfThoseThatStartTogetherOnePacks) {
  const std::vector<float> right = right_logits(PackedModel());
  for (int round = 0; round < 10; ++round) {
    const PackedModel model;
    std::vector<pid_t> pids;
    for (int i = 0; i < 4; ++i) pids.push_back(run([&] { return outcome(start(model), right); }));
    int n_packed = 0;
    for (const pid_t pid : pids) {
      const int end = end_of(pid);
      EXPECT_TRUE(end == kPacked || end == kFound) << end;
      n_packed += end == kPacked;
    }
    EXPECT_EQ(n_packed, 1);
    expect_one_whole_file(model);
  }
}

TEST(PackedProcesses, KilledAfterAnyMatrixTheNextStartPacks) {
  const std::vector<float> right = right_logits(PackedModel());
  for (int last = 1; last <= 22; ++last) {  // 7 matrices of each of 3 layers, and the head
    const PackedModel model;
    const auto kill_itself = [&](int) {
      static int calls = 0;
      if (++calls == last) ::raise(SIGKILL);
    };
    const pid_t pid =
        run([&] { return outcome(start(model.path(), {.folder = model.folder(), .progress = kill_itself}), right); });
    ASSERT_EQ(end_of(pid), -SIGKILL);
    EXPECT_EQ(model.files(".part").size(), 1u);
    EXPECT_EQ(model.files(".packed").size(), 0u);
    EXPECT_EQ(outcome(start(model), right), kPacked);
    expect_one_whole_file(model);
  }
}

TEST(PackedProcesses, KilledAtAnyMomentNothingBrokenIsLeft) {
  const std::vector<float> right = right_logits(PackedModel());
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    const PackedModel model;
    const pid_t pid = run([&] { return outcome(start(model), right); });
    ::usleep(std::uniform_int_distribution<useconds_t>(0, 20000)(random));
    ::kill(pid, SIGKILL);
    end_of(pid);
    EXPECT_NE(outcome(start(model), right), kWrong);
    expect_one_whole_file(model);
    EXPECT_EQ(outcome(start(model), right), kFound);
  }
}

TEST(PackedProcesses, WhoWaitsForAKilledOnePacksInItsPlace) {
  const PackedModel model;
  const std::vector<float> right = right_logits(model);
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const auto tell_and_stop = [&](int) {
    if (::write(told[1], "x", 1) == 1) ::pause();
  };
  const pid_t stuck =
      run([&] { return outcome(start(model.path(), {.folder = model.folder(), .progress = tell_and_stop}), right); });
  char byte = 0;
  ASSERT_EQ(::read(told[0], &byte, 1), 1);
  const pid_t waiting = run([&] { return outcome(start(model), right); });
  ::usleep(50000);
  EXPECT_EQ(::waitpid(waiting, nullptr, WNOHANG), 0);
  ::kill(stuck, SIGKILL);
  EXPECT_EQ(end_of(stuck), -SIGKILL);
  EXPECT_EQ(end_of(waiting), kPacked);
  expect_one_whole_file(model);
  ::close(told[0]);
  ::close(told[1]);
}

}  // namespace
}  // namespace sotto::model::packed
