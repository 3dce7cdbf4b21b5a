#include "catalog/assistants/folder.h"

#include <gtest/gtest.h>

#include "catalog/server.h"
#include "catalog/store.h"
#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::Server;
using test::TemporaryFolder;
using test::write_text;

class Assistants : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::copy_file(Server::get().model_path(), models_.file("own.gguf")); }

  TemporaryFolder models_;
  Store store_{models_.path()};
};

TEST_F(Assistants, AreKeptListedFoundAndRemoved) {
  const Assistant pirate{.name = "pirate:v2", .base = "own", .system = "Arr", .licenses = {"MIT\nand more"}};
  const auto kept = store_.keep(pirate, false);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->path, models_.file("pirate-v2.assistant.toml"));
  EXPECT_EQ(kept->assistant, pirate);
  const auto list = store_.list();
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ((*list)[1].name, "pirate:v2");
  EXPECT_EQ((*list)[1].base, "own");
  EXPECT_EQ((*list)[1].license, "MIT");
  const auto found = store_.assistant("Pirate:V2");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->assistant, pirate);
  // To everything else it is its model.
  EXPECT_EQ(store_.locate("pirate:v2").value(), models_.file("own.gguf"));
  EXPECT_TRUE(store_.remove("pirate:v2"));
  EXPECT_FALSE(*store_.assistant("pirate:v2"));
  EXPECT_TRUE(store_.locate("own"));
}

TEST_F(Assistants, ABaseThatIsNeededStays) {
  ASSERT_TRUE(store_.keep({.name = "one", .base = "own"}, false));
  ASSERT_TRUE(store_.keep({.name = "two", .base = models_.file("own.gguf")}, false));
  const auto refused = store_.remove("own");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("the base of one, two"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(store_.remove("own", /*needed_too=*/true));
  const auto without = store_.locate("one");
  EXPECT_EQ(without.error().code, ErrorCode::kNotFound);
  EXPECT_NE(without.error().message.find("one is an assistant of own"), std::string::npos) << without.error().message;
}

TEST_F(Assistants, NamesAreNotTakenTwice) {
  const auto refuse = [&](const Assistant& assistant, ErrorCode code, const std::string& part) {
    const auto kept = store_.keep(assistant, false);
    ASSERT_FALSE(kept) << assistant.name;
    EXPECT_EQ(kept.error().code, code) << kept.error().message;
    EXPECT_NE(kept.error().message.find(part), std::string::npos) << kept.error().message;
  };
  ASSERT_TRUE(store_.keep({.name = "a:b", .base = "own"}, false));
  refuse({.name = "a:b", .base = "own"}, ErrorCode::kBadRequest, "--force");
  refuse({.name = "a-b", .base = "own"}, ErrorCode::kBadRequest, "is the file of the assistant a:b");
  refuse({.name = "own", .base = "own"}, ErrorCode::kBadRequest, "a model called own");
  refuse({.name = "smollm2", .base = "own"}, ErrorCode::kBadRequest, "of the catalog");
  refuse({.name = "c", .base = "a:b"}, ErrorCode::kBadRequest, "is an assistant itself");
  refuse({.name = "c", .base = "nowhere-known"}, ErrorCode::kNotFound, "the base nowhere-known");
  EXPECT_TRUE(store_.keep({.name = "c", .base = "gemma3:1b"}, false));  // can be pulled
  EXPECT_TRUE(store_.keep({.name = "a:b", .base = "own", .system = "new"}, true));
  EXPECT_EQ((*store_.assistant("a:b"))->assistant.system, "new");
  ASSERT_FALSE(store_.import(Server::get().model_path(), {.name = "a:b"}));
}

TEST_F(Assistants, FilesPutThereByHandWork) {
  write_text(models_.file("By-Hand.assistant.toml"), "base = \"own\"\n");
  write_text(models_.file("broken.assistant.toml"), "base = \n");
  const auto found = store_.assistant("by-hand");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->assistant.base, "own");
  ASSERT_TRUE(store_.keep({.name = "by-hand", .base = "own", .system = "new"}, true));
  EXPECT_EQ((*store_.assistant("by-hand"))->assistant.system, "new");
  EXPECT_EQ(store_.assistant("broken").error().code, ErrorCode::kBadFile);
  const auto list = store_.list();
  ASSERT_EQ(list->size(), 3u);
  EXPECT_NE((*list)[0].problem, "");  // broken
  EXPECT_TRUE(store_.remove("broken"));
  EXPECT_EQ(store_.list()->size(), 2u);
}

}  // namespace
}  // namespace sotto::catalog
