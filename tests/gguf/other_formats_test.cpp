#include "gguf/other_formats.h"

#include <gtest/gtest.h>

#include <string>

namespace sotto::gguf {
namespace {

std::string advice(const std::string& bytes) {
  return std::string(advice_for_other_format(std::as_bytes(std::span(bytes.data(), bytes.size()))));
}

bool names(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// 8 bytes of length, little-endian, then the header.
std::string safetensors(const std::string& header) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(header.size() >> shift);
  return bytes + header;
}

TEST(OtherFormats, PicklesSayWhyTheyAreNotRead) {
  // The beginning of a file that torch.save wrote before it used zip archives, and those of later protocols.
  for (const char* begin : {"\x80\x02\x8a\nl\xfc\x9c", "\x80\x03}q", "\x80\x04\x95", "\x80\x05\x95", "PK\x03\x04"}) {
    EXPECT_TRUE(names(advice(begin), "runs code that the file brings")) << begin;
    EXPECT_TRUE(names(advice(begin), "safetensors")) << begin;
  }
}

TEST(OtherFormats, SafetensorsBelongToTheirFolder) {
  EXPECT_TRUE(names(advice(safetensors("{}")), "name the folder that holds it, with config.json"));
  // Its length, 640, begins as a pickle does.
  const std::string as_a_pickle = safetensors("{" + std::string(638, ' ') + "}");
  ASSERT_TRUE(as_a_pickle.starts_with("\x80\x02"));
  EXPECT_TRUE(names(advice(as_a_pickle), "safetensors file"));
  EXPECT_TRUE(names(advice("{\"model_type\": \"llama\"}"), "sotto import FOLDER"));
  // A header that is longer than the file is none.
  EXPECT_FALSE(names(advice(safetensors("{" + std::string(638, ' ') + "}").substr(0, 100)), "safetensors file"));
}

TEST(OtherFormats, OthersSayNothing) {
  for (const char* bytes : {"", "\x80", "P", "ABCD", "[1]"}) EXPECT_EQ(advice(bytes), "") << bytes;
}

}  // namespace
}  // namespace sotto::gguf
