#include "gguf/report.h"

#include <gtest/gtest.h>

namespace sotto::gguf {
namespace {

TEST(Report, QuotedTextIsSafeToPrint) {
  EXPECT_EQ(quote("general.name"), "\"general.name\"");
  EXPECT_EQ(quote(std::string_view("a\0b\x1b[2J", 7)), "\"a\\x00b\\x1b[2J\"");
  EXPECT_EQ(quote("say \"hi\" \\"), "\"say \\\"hi\\\" \\\\\"");
  EXPECT_EQ(quote("\xe2\x98\x95"), "\"\\xe2\\x98\\x95\"");
  EXPECT_EQ(quote(std::string(65, 'x')), "\"" + std::string(64, 'x') + "\"… (65 bytes)");
}

TEST(Report, NamesFileFieldFoundAndExpected) {
  Unexpected failure = Report("m.gguf").damaged("version", 0, "2 or 3");
  EXPECT_EQ(failure.error().code, ErrorCode::kBadFile);
  EXPECT_EQ(failure.error().message.find("m.gguf: version: found 0, expected 2 or 3; "), 0u);
}

TEST(Report, CutShortNamesThePlace) {
  Unexpected failure = Report("m.gguf").cut_short("magic", 4, 3);
  EXPECT_EQ(failure.error().code, ErrorCode::kBadFile);
  EXPECT_EQ(failure.error().message.find("m.gguf: magic at byte 4: found 3 bytes before the end"), 0u);
  EXPECT_NE(failure.error().message.find("fetch it again"), std::string::npos);
  Unexpected limit = Report("m.gguf").cut_short("tensor 5", kMaxHeaderBytes - 3, 3);
  EXPECT_NE(limit.error().message.find("64 MiB of metadata"), std::string::npos);
}

TEST(Report, UnsupportedSaysWhatToDo) {
  Unexpected failure = Report("m.gguf").unsupported("byte order", "big-endian", "little-endian", "convert it");
  EXPECT_EQ(failure.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(failure.error().message, "m.gguf: byte order: found big-endian, expected little-endian; convert it");
}

}  // namespace
}  // namespace sotto::gguf
