#include "catalog/download/fetch_state.h"

#include <gtest/gtest.h>

#include "catalog/support.h"

namespace sotto::catalog {
namespace {

TEST(FetchState, ComesBackAsWritten) {
  test::TemporaryFolder folder;
  std::string path = folder.file("download");
  EXPECT_EQ(read_state(path).url, "");
  ASSERT_TRUE(
      write_state(path, {.url = "https://x.org/a", .validator = "\"v1\"", .linked_sha256 = "ab", .total_bytes = 7}));
  FetchState state = read_state(path);
  EXPECT_EQ(state.url, "https://x.org/a");
  EXPECT_EQ(state.validator, "\"v1\"");
  EXPECT_EQ(state.linked_sha256, "ab");
  EXPECT_EQ(state.total_bytes, 7u);
}

TEST(FetchState, DamagedIsEmpty) {
  test::TemporaryFolder folder;
  std::string path = folder.file("download");
  for (const char* text : {"", "{", "{\"url\": 3}", "{\"url\": \"u\", \"bytes\": -1}",
                           R"({"url": "u", "validator": "x\r\nEvil: header"})"}) {
    test::write_text(state_path(path), text);
    EXPECT_EQ(read_state(path).url, "") << text;
  }
}

TEST(FetchState, OnlyStrongValidators) {
  EXPECT_EQ(validator_of({.etag = "\"abc\""}), "\"abc\"");
  EXPECT_EQ(validator_of({.etag = "W/\"abc\"", .last_modified = "Mon"}), "Mon");
  EXPECT_EQ(validator_of({.etag = "W/\"abc\""}), "");
  EXPECT_EQ(validator_of({}), "");
}

}  // namespace
}  // namespace sotto::catalog
