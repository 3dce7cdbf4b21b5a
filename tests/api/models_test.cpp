#include "api/models.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api {
namespace {

using std::chrono::milliseconds;

// Waits until `done`, at most two seconds.
template <class Done>
bool comes_true(Done done) {
  for (int i = 0; i < 200 && !done(); ++i) std::this_thread::sleep_for(milliseconds(10));
  return done();
}

TEST(Models, OneEngineServesAllWhoAskForIt) {
  Script script;
  Models models({}, kDefaultKeepAlive, opener(script));
  std::vector<std::thread> threads;
  std::atomic<int> n_used{0};
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] { n_used += models.use(recipe_of("a"), std::nullopt, nullptr).has_value(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(n_used, 6);
  EXPECT_EQ(script.n_engines, 1);
  ASSERT_EQ(models.list().size(), 1u);
  EXPECT_EQ(models.list()[0].name, "a");
  EXPECT_EQ(models.list()[0].n_users, 0u);
}

TEST(Models, AreClosedWhenTheirTimeIsOver) {
  Script script;
  Models models({}, kDefaultKeepAlive, opener(script));
  { auto use = models.use(recipe_of("short"), milliseconds(30), nullptr); }
  { auto use = models.use(recipe_of("long"), kForever, nullptr); }
  EXPECT_TRUE(comes_true([&] { return models.list().size() == 1; }));
  EXPECT_EQ(models.list()[0].name, "long");
  EXPECT_EQ(models.list()[0].expires, std::chrono::system_clock::time_point::max());
  EXPECT_TRUE(models.unload(recipe_of("long")));
  EXPECT_TRUE(comes_true([&] { return models.list().empty(); }));
  EXPECT_FALSE(models.unload(recipe_of("long")));
}

TEST(Models, StayAsLongAsTheyAreUsed) {
  Script script;
  Models models({}, kDefaultKeepAlive, opener(script));
  {
    const auto use = models.use(recipe_of("a"), KeepAlive(0), nullptr);
    models.unload(recipe_of("a"));
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_EQ(models.list().size(), 1u);
    EXPECT_EQ(script.n_closed, 0);
  }
  EXPECT_TRUE(comes_true([&] { return script.n_closed == 1; }));
}

TEST(Models, TheOneUnusedForLongestMakesRoom) {
  Script script;
  Models models({.most = 2}, kForever, opener(script));
  for (const char* name : {"a", "b", "a", "c"}) {
    auto use = models.use(recipe_of(name), std::nullopt, nullptr);
    ASSERT_TRUE(use);
  }
  std::vector<std::string> names;
  for (const LoadedModel& model : models.list()) names.push_back(model.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "c"}));
}

TEST(Models, MemoryIsBounded) {
  support::TemporaryFolder folder;
  const auto recipe_with_file = [&](const std::string& name) {
    Recipe recipe = recipe_of(name);
    folder.write(name, std::string(600, 'x'));
    recipe.engine.model_path = folder.file(name);
    return recipe;
  };
  Script script;
  Models models({.most = 9, .memory_bytes = 1000}, kForever, opener(script));
  { auto use = models.use(recipe_with_file("a"), std::nullopt, nullptr); }
  { auto use = models.use(recipe_with_file("b"), std::nullopt, nullptr); }
  ASSERT_EQ(models.list().size(), 1u);
  EXPECT_EQ(models.list()[0].name, "b");
  EXPECT_EQ(models.list()[0].bytes, 600u);
}

TEST(Models, WithoutRoomARequestGivesUpInTime) {
  Script script;
  Models models({.most = 1, .patience = milliseconds(50)}, kForever, opener(script));
  const auto held = models.use(recipe_of("a"), std::nullopt, nullptr);
  const auto refused = models.use(recipe_of("b"), std::nullopt, nullptr);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBudget);
  std::atomic<bool> gone{true};
  EXPECT_EQ(models.use(recipe_of("b"), std::nullopt, &gone).error().code, ErrorCode::kCancelled);
}

TEST(Models, AFailureIsToldToAllAndForgotten) {
  Script script;
  int n_tries = 0;
  Models models({}, kForever, [&](const EngineOptions&) -> Result<std::unique_ptr<Engine>> {
    if (++n_tries == 1) return Unexpected(ErrorCode::kBadFile, "damaged");
    return std::unique_ptr<Engine>(new FakeEngine(script));
  });
  EXPECT_EQ(models.use(recipe_of("a"), std::nullopt, nullptr).error().code, ErrorCode::kBadFile);
  EXPECT_TRUE(models.list().empty());
  EXPECT_TRUE(models.use(recipe_of("a"), std::nullopt, nullptr));
}

TEST(Models, WatchersHearOfEachOnce) {
  Script script;
  std::mutex mutex;
  std::vector<std::string> heard;
  {
    Models models({}, kForever, opener(script), [&](const LoadedModel& model, bool loaded) {
      const std::lock_guard lock(mutex);
      heard.push_back((loaded ? "+" : "-") + model.name);
    });
    { auto use = models.use(recipe_of("a"), std::nullopt, nullptr); }
    { auto use = models.use(recipe_of("a"), std::nullopt, nullptr); }
  }
  EXPECT_EQ(heard, (std::vector<std::string>{"+a", "-a"}));
}

}  // namespace
}  // namespace sotto::api
