#include "base/number_file.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sotto::base {
namespace {

TEST(NumberFile, ANumberOrNothing) {
  const std::string path = testing::TempDir() + "/number_file_test";
  EXPECT_FALSE(read_number(path));
  std::ofstream(path) << "-12345678901\n";
  EXPECT_EQ(read_number(path), -12345678901);
  std::ofstream(path) << "max\n";
  EXPECT_FALSE(read_number(path));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace sotto::base
