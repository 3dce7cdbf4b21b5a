#include "cli/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "cli/interrupt.h"

namespace sotto::cli {
namespace {

std::string filtered(std::string_view text) {
  TextFilter filter;
  std::string out = filter.clean(text);
  return out + filter.finish();
}

TEST(TextFilter, KeepsTextOfEveryScript) {
  const std::string text =
      "plain\ttext\n\xC3\xA9 \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80";
  EXPECT_EQ(filtered(text), text);
}

TEST(TextFilter, DropsEscapeSequencesThatWouldSteerTheTerminal) {
  EXPECT_EQ(filtered("a\x1b[2Jb"), "a[2Jb");
  EXPECT_EQ(filtered("title\x1b]0;owned\x07!"), "title]0;owned!");
  EXPECT_EQ(filtered("back\b\b\b\rover"), "backover");
  EXPECT_EQ(filtered(std::string("nul\0del\x7F", 8)), "nuldel");
}

TEST(TextFilter, DropsTheControlsBeyondAscii) {
  EXPECT_EQ(filtered("csi\xC2\x9B"
                     "31m"),
            "csi31m");
  EXPECT_EQ(filtered("nel\xC2\x85."), "nel.");
  EXPECT_EQ(filtered("nbsp\xC2\xA0."), "nbsp\xC2\xA0.");
}

TEST(TextFilter, ReplacesBytesThatAreNoText) {
  EXPECT_EQ(filtered("a\x9B"
                     "31m"),
            "a\xEF\xBF\xBD"
            "31m");
  EXPECT_EQ(filtered("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(filtered("\xE0\x80\x9B[31m"), "\xEF\xBF\xBD[31m");
  EXPECT_EQ(filtered("\xED\xA0\x80"), "\xEF\xBF\xBD");
  EXPECT_EQ(filtered("\xF4\x90\x80\x80"), "\xEF\xBF\xBD");
  EXPECT_EQ(filtered("cut \xE4\xBD"), "cut \xEF\xBF\xBD");
}

TEST(TextFilter, WaitsForTheRestOfACodePoint) {
  const std::string text = "\xE4\xBD\xA0\xF0\x9F\x9A\x80";
  TextFilter filter;
  std::string out;
  for (const char c : text) out += filter.clean(std::string_view(&c, 1));
  EXPECT_EQ(out, text);
  EXPECT_EQ(filter.finish(), "");
}

TEST(TextFilter, ASplitControlIsStillDropped) {
  TextFilter filter;
  std::string out = filter.clean("a\xC2");
  out += filter.clean(
      "\x9B"
      "b");
  EXPECT_EQ(out, "ab");
}

class PipeTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe(ends_), 0);
    ignore_broken_pipes();
  }
  void TearDown() override {
    for (const int fd : ends_) {
      if (fd >= 0) ::close(fd);
    }
  }
  std::string received() {
    ::close(ends_[1]);
    ends_[1] = -1;
    char buffer[256];
    const ssize_t n = ::read(ends_[0], buffer, sizeof buffer);
    return std::string(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
  }
  int ends_[2] = {-1, -1};
};

TEST_F(PipeTest, APipeGetsEveryByteUnchanged) {
  Output out(ends_[1]);
  out.untrusted("a\x1b[31m\xFF");
  out.end_line();
  EXPECT_TRUE(out.ok());
  EXPECT_FALSE(out.is_terminal());
  EXPECT_EQ(received(), "a\x1b[31m\xFF\n");
}

TEST_F(PipeTest, EndsALineOnce) {
  Output out(ends_[1]);
  out.end_line();
  out.untrusted("one\n");
  out.end_line();
  out.untrusted("two");
  out.end_line();
  EXPECT_EQ(received(), "one\ntwo\n");
}

TEST_F(PipeTest, NoticesThatTheReaderHasGone) {
  ::close(ends_[0]);
  ends_[0] = -1;
  Output out(ends_[1]);
  out.untrusted("text");
  EXPECT_EQ(out.error(), EPIPE);
}

TEST(Output, ATerminalGetsNoControlCharacters) {
  const int controller = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(controller, 0);
  ASSERT_EQ(::grantpt(controller), 0);
  ASSERT_EQ(::unlockpt(controller), 0);
  const int terminal = ::open(::ptsname(controller), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  Output out(terminal);
  EXPECT_TRUE(out.is_terminal());
  out.untrusted("a\x1b[31mb\xC2");
  out.end_line();
  std::string text;
  while (!text.ends_with('\n')) {
    char buffer[64];
    const ssize_t n = ::read(controller, buffer, sizeof buffer);
    ASSERT_GT(n, 0);
    text.append(buffer, static_cast<std::size_t>(n));
  }
  EXPECT_EQ(text, "a[31mb\xEF\xBF\xBD\r\n");
  ::close(terminal);
  ::close(controller);
}

}  // namespace
}  // namespace sotto::cli
