#include "cli/fetch.h"

#include <gtest/gtest.h>

#include "cli/terminal.h"

namespace sotto::cli {
namespace {

using catalog::PullProgress;

PullProgress downloading() {
  PullProgress progress{};
  progress.stage = PullProgress::Stage::kDownloading;
  progress.done_bytes = 50'000'000;
  progress.total_bytes = 200'000'000;
  progress.bytes_per_s = 10'000'000;
  progress.seconds_left = 15;
  return progress;
}

TEST(ProgressLine, ShowsShareBytesRateAndTimeLeft) {
  // 78 columns: the name takes 12, the figures 40, blanks 4; a quarter of the 20 inside the brackets is 5.
  EXPECT_EQ(progress_line("tiny", downloading(), 78),
            "pulling tiny  [=====>              ]   25%  50 MB of 200 MB  10 MB/s  15s left");
}

TEST(ProgressLine, FitsTheTerminal) {
  use_utf8();
  for (int width = 1; width < 200; ++width) {
    EXPECT_LE(display_width(progress_line("some-model:1b", downloading(), width)), width) << width;
  }
}

TEST(ProgressLine, SaysWhatItKnows) {
  PullProgress progress = downloading();
  progress.total_bytes = 0;
  progress.seconds_left = -1;
  EXPECT_EQ(progress_line("tiny", progress, 1000), "pulling tiny  50 MB  10 MB/s");
}

TEST(ProgressLine, StagesWithoutBytesShowTheirDetail) {
  PullProgress progress{};
  progress.stage = PullProgress::Stage::kRetrying;
  progress.detail = "the connection was lost";
  EXPECT_EQ(progress_line("tiny", progress, 1000), "retrying tiny: the connection was lost");
}

TEST(FindEntry, KnowsNamesAndRefusesWhatIsNeitherNameNorAddress) {
  EXPECT_TRUE(find_entry(std::string(catalog::kDefaultModel)));
  EXPECT_EQ(find_entry("no-such-model").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(find_entry("http://example.org/a.gguf").error().code, ErrorCode::kBadRequest);
}

}  // namespace
}  // namespace sotto::cli
