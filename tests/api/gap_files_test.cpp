#include "api/gap_files.h"

#include <gtest/gtest.h>

#include "api/fake.h"

namespace sotto::api {
namespace {

// The names of the files that are left, in a fake engine whose tokens are bytes.
std::string left(int ctx_tokens, int max_tokens, std::vector<Gap::File> files) {
  Script script;
  const FakeEngine engine(script);
  Request request;
  request.prompt = std::string(50, 'p');
  request.max_tokens = max_tokens;
  request.gap = Gap{.suffix = std::string(20, 's'), .begun = std::string(10, 'b'), .files = std::move(files)};
  const std::size_t n = request.gap->files.size();
  const auto dropped = drop_files_that_do_not_fit(engine, ctx_tokens, request);
  EXPECT_TRUE(dropped);
  EXPECT_EQ(*dropped + request.gap->files.size(), n);
  std::string names;
  for (const Gap::File& file : request.gap->files) names += file.name;
  return names;
}

TEST(GapFiles, ThoseNearestToTheGapStay) {
  const std::vector<Gap::File> files = {{"a", "1"}, {"b", std::string(100, 'x')}, {"c", std::string(30, 'x')}};
  EXPECT_EQ(left(1000, 10, files), "abc");
  EXPECT_EQ(left(250, 10, files), "bc");
  EXPECT_EQ(left(200, 10, files), "c") << "no file is left out between two that stay";
  EXPECT_EQ(left(120, 10, files), "");
  EXPECT_EQ(left(10, 10, files), "");
  EXPECT_EQ(left(1000, 10, {}), "");
}

TEST(GapFiles, TheAnswerHasRoom) {
  const std::vector<Gap::File> files = {{"a", std::string(100, 'x')}};
  EXPECT_EQ(left(300, 10, files), "a");
  EXPECT_EQ(left(250, 70, files), "");
  EXPECT_EQ(left(300, -1, files), "a") << "a quarter is enough for an answer without a limit";
  EXPECT_EQ(left(260, -1, files), "");
}

}  // namespace
}  // namespace sotto::api
