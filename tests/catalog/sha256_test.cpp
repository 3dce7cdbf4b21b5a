#include "catalog/sha256.h"

#include <gtest/gtest.h>

#include "catalog/support.h"

namespace sotto::catalog {
namespace {

// FIPS 180-4's examples.
TEST(Sha256, PublishedValues) {
  EXPECT_EQ(Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 abc;
  abc.update(std::string("a"));
  abc.update(std::string("bc"));
  EXPECT_EQ(abc.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, Files) {
  test::TemporaryFolder folder;
  test::write_text(folder.file("a"), std::string(1'000'000, 'a'));
  EXPECT_EQ(*sha256_of_file(folder.file("a")), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256_of_file(folder.file("b")).error().code, ErrorCode::kNotFound);
  std::uint64_t seen = 0;
  auto stopped = sha256_of_file(folder.file("a"), [&](std::uint64_t done) {
    seen = done;
    return false;
  });
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(seen, 1'000'000u);
}

}  // namespace
}  // namespace sotto::catalog
