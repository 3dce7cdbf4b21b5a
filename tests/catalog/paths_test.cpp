#include "catalog/paths.h"

#include <unistd.h>

#include <gtest/gtest.h>

#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::Environment;

struct Clean {
  Environment home{"HOME", "/home/ada"}, data{"XDG_DATA_HOME", {}}, cache{"XDG_CACHE_HOME", {}};
  Environment config{"XDG_CONFIG_HOME", {}}, state{"XDG_STATE_HOME", {}}, run{"XDG_RUNTIME_DIR", {}};
  Environment models{"SOTTO_MODELS", {}};
};

TEST(Paths, DefaultsOfTheSpecification) {
  Clean clean;
  auto paths = find_paths();
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->models, "/home/ada/.local/share/sotto/models");
  EXPECT_EQ(paths->cache, "/home/ada/.cache/sotto");
  EXPECT_EQ(paths->config_file, "/home/ada/.config/sotto/config.toml");
  EXPECT_EQ(paths->state, "/home/ada/.local/state/sotto");
  EXPECT_EQ(paths->running, "/tmp/sotto-" + std::to_string(::getuid()));
}

TEST(Paths, VariablesMoveThem) {
  Clean clean;
  Environment data("XDG_DATA_HOME", "/data/"), run("XDG_RUNTIME_DIR", "/run/user/7");
  Environment relative("XDG_CACHE_HOME", "not/absolute");
  auto paths = find_paths();
  ASSERT_TRUE(paths);
  EXPECT_EQ(paths->models, "/data/sotto/models");
  EXPECT_EQ(paths->running, "/run/user/7/sotto");
  EXPECT_EQ(paths->cache, "/home/ada/.cache/sotto");
}

TEST(Paths, OwnModelsFolder) {
  Clean clean;
  Environment models("SOTTO_MODELS", "/stick/models/");
  EXPECT_EQ(find_paths()->models, "/stick/models");
  Environment here("SOTTO_MODELS", "models");
  EXPECT_EQ(find_paths()->models, std::filesystem::current_path().string() + "/models");
}

TEST(Paths, NoHome) {
  Clean clean;
  Environment home("HOME", "relative");
  auto paths = find_paths();
  ASSERT_FALSE(paths);
  EXPECT_NE(paths.error().message.find("HOME"), std::string::npos);
  // Without the variable, the account's entry says where home is.
  Environment none("HOME", {});
  EXPECT_TRUE(find_paths());
}

}  // namespace
}  // namespace sotto::catalog
