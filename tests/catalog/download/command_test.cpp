#include "catalog/download/command.h"

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Command, OutputAndVariables) {
  auto output =
      read_command({"sh", "-c", "printf '%s' \"$SOTTO_X\"; echo lost >&2; cat"}, {"SOTTO_X=a b"}, seconds(10));
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(*output, "a b");
}

TEST(Command, Failures) {
  EXPECT_EQ(read_command({"no-such-program-anywhere"}, {}, seconds(10)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_command({"false"}, {}, seconds(10)).error().code, ErrorCode::kIo);
  auto start = std::chrono::steady_clock::now();
  auto slow = read_command({"sleep", "30"}, {}, milliseconds(200));
  EXPECT_NE(slow.error().message.find("too long"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
  EXPECT_FALSE(read_command({"yes"}, {}, seconds(30)));
}

}  // namespace
}  // namespace sotto::catalog
