#include "catalog/download/split_model.h"

#include <gtest/gtest.h>

namespace sotto::catalog {
namespace {

// Fetching itself: pull_test.cpp.
TEST(SplitModel, AddressesOfParts) {
  const std::string first = "https://example.org/a/m-00001-of-00012.gguf";
  EXPECT_EQ(url_of_part(first, 12, 12), "https://example.org/a/m-00012-of-00012.gguf");
  EXPECT_EQ(url_of_part(first + "?download=true#x", 2, 12),
            "https://example.org/a/m-00002-of-00012.gguf?download=true#x");
  EXPECT_EQ(url_of_part(first, 2, 11), "");
  EXPECT_EQ(url_of_part("https://example.org/m.gguf?x=m-00001-of-00012.gguf", 2, 12), "");
}

}  // namespace
}  // namespace sotto::catalog
