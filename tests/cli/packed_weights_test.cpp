#include "cli/packed_weights.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace sotto::cli {
namespace {

TEST(PackedWeights, AreKeptUnlessTheFlagOrTheEnvironmentSaysNo) {
  catalog::Paths paths;
  paths.packed = "/cache/packed";
  ::unsetenv("SOTTO_NO_PACKED_CACHE");
  EXPECT_EQ(packed_folder(paths, true), "/cache/packed");
  EXPECT_EQ(packed_folder(paths, false), "");
  ::setenv("SOTTO_NO_PACKED_CACHE", "", 1);
  EXPECT_EQ(packed_folder(paths, true), "/cache/packed");
  ::setenv("SOTTO_NO_PACKED_CACHE", "1", 1);
  EXPECT_EQ(packed_folder(paths, true), "");
  ::unsetenv("SOTTO_NO_PACKED_CACHE");
}

TEST(PackedWeights, TheFlagIsNamedAfterTheCache) {
  bool packed_cache = true;
  CLI::App app;
  add_packed_cache_flag(app, packed_cache);
  app.parse("--no-packed-cache");
  EXPECT_FALSE(packed_cache);
}

TEST(PackedWeights, TheNoticeSaysWhyAndWhatFollows) {
  const std::string notice = not_kept_notice("/cache/packed: no space");
  for (const char* part : {"/cache/packed: no space", "next start", "--no-packed-cache"})
    EXPECT_NE(notice.find(part), std::string::npos) << notice;
}

}  // namespace
}  // namespace sotto::cli
