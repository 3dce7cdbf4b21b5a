#include "catalog/names.h"

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

TEST(Names, OneSpelling) {
  EXPECT_EQ(*normalize_name("SmolLM2"), "smollm2");
  EXPECT_EQ(*normalize_name("Gemma3:270M-IT"), "gemma3:270m-it");
  EXPECT_EQ(*normalize_name("llama3.2:latest"), "llama3.2");
}

TEST(Names, RefusesWhatCouldBeAPath) {
  for (const char* bad :
       {"", ":", "a:", ":b", "a:b:c", "../x", "a/b", "a:..", ".a", "a:.b", "a b", "a\n", "naïve", "a\\b", "%2e%2e"}) {
    auto name = normalize_name(bad);
    ASSERT_FALSE(name) << bad;
    EXPECT_EQ(name.error().code, ErrorCode::kBadRequest);
  }
  EXPECT_FALSE(normalize_name(std::string(101, 'a')));
  EXPECT_FALSE(normalize_name(std::string("a\0b", 3)));
}

TEST(Names, FileNames) {
  EXPECT_TRUE(is_safe_file_name("SmolLM2-135M-Instruct.Q4_1.gguf"));
  EXPECT_TRUE(is_safe_file_name("My model (2).GGUF"));
  for (const char* bad : {"", ".gguf", ".hidden.gguf", "../a.gguf", "a/b.gguf", "a.bin", "a\nb.gguf", "a\\b.gguf"}) {
    EXPECT_FALSE(is_safe_file_name(bad)) << bad;
  }
  EXPECT_FALSE(is_safe_file_name(std::string(200, 'a') + ".gguf"));
}

TEST(Names, EditDistance) {
  // Figures of the textbooks: kitten/sitting (Levenshtein), ca/abc (restricted transposition).
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("ca", "abc"), 3);
  EXPECT_EQ(edit_distance("ab", "ba"), 1);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("same", "same"), 0);
}

TEST(Names, NearestFirst) {
  std::vector<std::string> all = {"smollm2", "smollm2:360m", "gemma3", "qwen3"};
  EXPECT_EQ(nearest_names("smolm2", all, 2), std::vector<std::string>{"smollm2"});
  EXPECT_EQ(nearest_names("gema3", all, 1), std::vector<std::string>{"gemma3"});
  // "qwen" lies a digit from qwen3, and four changes from the others.
  EXPECT_EQ(nearest_names("QWEN", all, 3), std::vector<std::string>{"qwen3"});
  EXPECT_TRUE(nearest_names("something-else", all, 3).empty());
  EXPECT_TRUE(nearest_names("gwen", all, 3).empty());  // two of four letters
  EXPECT_TRUE(nearest_names("", all, 3).empty());
  EXPECT_EQ(nearest_names("smol", all, 3), (std::vector<std::string>{"smollm2", "smollm2:360m"}));
}

}  // namespace
}  // namespace sotto::catalog
