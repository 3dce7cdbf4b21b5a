#include "api/session_keeper.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "api/fake.h"

namespace sotto::api {
namespace {

namespace fs = std::filesystem;

constexpr SessionLimits kLimits{.most = 3, .most_waiting = 4};

// The files below a folder.
std::vector<fs::path> files_below(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  return files;
}

struct KeeperTest : testing::Test {
  static void read(Sessions& reader, const std::string& text, int ctx_tokens = 0) {
    reader.take(text, ctx_tokens, {})->remember(text);
  }

  // What sessions of a new engine hold that took up what was kept.
  std::vector<std::pair<int, std::string>> taken_up(const std::string& key = "engine") {
    std::vector<std::pair<int, std::string>> found;
    FakeEngine next_engine(script);
    Sessions next(next_engine, kLimits);
    keeper.take_up(key, next_engine, next);
    next.visit_free([&](Session&, int ctx, const std::string& text) { found.emplace_back(ctx, text); });
    std::ranges::sort(found);
    return found;
  }

  Script script;
  support::TemporaryFolder folder;
  std::vector<std::string> notes;
  std::string kept = folder.file("kept");
  SessionKeeper keeper{kept, [this](std::string_view line) { notes.emplace_back(line); }};
  FakeEngine engine{script};
  Sessions sessions{engine, kLimits};
};

TEST_F(KeeperTest, WhatWasReadIsThereInTheNextRun) {
  read(sessions, "a long text");
  read(sessions, "another one", 2000);
  keeper.keep("engine", sessions);
  EXPECT_EQ(taken_up(), (std::vector<std::pair<int, std::string>>{{1000, "a long text"}, {2000, "another one"}}));
  EXPECT_TRUE(taken_up("another engine").empty());
  EXPECT_TRUE(notes.empty());
}

TEST_F(KeeperTest, OnlyTheOwnerSeesTheFiles) {
  read(sessions, "text");
  keeper.keep("engine", sessions);
  ASSERT_EQ(files_below(kept).size(), 1u);
  struct stat status{};
  ASSERT_EQ(::stat(files_below(kept)[0].parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(KeeperTest, WhatIsKeptTakesThePlaceOfWhatWas) {
  read(sessions, "first");
  keeper.keep("engine", sessions);
  read(sessions, "first, and more");
  keeper.keep("engine", sessions);
  EXPECT_EQ(taken_up(), (std::vector<std::pair<int, std::string>>{{1000, "first, and more"}}));
  EXPECT_EQ(files_below(kept).size(), 1u);
}

TEST_F(KeeperTest, NoMoreIsTakenUpThanThereIsRoomFor) {
  Sessions many(engine, {.most = 5, .most_waiting = 1});
  for (const char* text : {"aaaa", "bbbb", "cccc", "dddd", "eeee"}) read(many, text);
  keeper.keep("engine", many);
  EXPECT_EQ(files_below(kept).size(), 5u);
  EXPECT_EQ(taken_up().size(), 3u);
}

TEST_F(KeeperTest, WhatIsInUseIsLeftOut) {
  read(sessions, "free");
  const auto taken = sessions.take("taken", 0, {});
  keeper.keep("engine", sessions);
  EXPECT_EQ(taken_up(), (std::vector<std::pair<int, std::string>>{{1000, "free"}}));
}

TEST_F(KeeperTest, WhatCannotBeTakenUpIsToldAndOthersAre) {
  read(sessions, "text");
  keeper.keep("engine", sessions);
  const fs::path place = files_below(kept)[0].parent_path();
  fs::create_directory(place / "77-broken.session");
  std::ofstream(place / "notes.txt") << "somebody's own";
  EXPECT_EQ(taken_up().size(), 1u);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("77-broken.session"), std::string::npos) << notes[0];
}

TEST_F(KeeperTest, WhereNothingCanBeKeptItIsTold) {
  folder.write("kept", "a file where the folder should be");
  read(sessions, "text");
  keeper.keep("engine", sessions);
  EXPECT_EQ(notes.size(), 1u);
}

TEST_F(KeeperTest, WithoutAFolderNothingIsKept) {
  read(sessions, "text");
  SessionKeeper().keep("engine", sessions);
  EXPECT_FALSE(fs::exists(kept));
}

TEST_F(KeeperTest, ModelsKeepWhenTheyCloseAndTakeUpWhenTheyOpen) {
  for (const std::string expected : {"", "what was read"}) {
    Models models({}, kForever, opener(script), {}, keeper);
    const auto use = models.use(recipe_of("a"), std::nullopt, nullptr);
    std::string found;
    use->sessions().visit_free([&](Session&, int, const std::string& text) { found = text; });
    EXPECT_EQ(found, expected);
    use->sessions().take("what was read", 0, {})->remember("what was read");
  }
}

}  // namespace
}  // namespace sotto::api
