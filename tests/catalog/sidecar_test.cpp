#include "catalog/sidecar.h"

#include <gtest/gtest.h>

#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::TemporaryFolder;
using test::write_text;

TEST(Sidecar, ComesBackAsWritten) {
  TemporaryFolder folder;
  std::string model = folder.file("m.gguf");
  write_text(model, "12345");
  EXPECT_FALSE(read_sidecar(model));
  ASSERT_TRUE(
      write_sidecar(model, {.name = "a:1b", .source = "s \"x\" \xff", .sha256 = "ab", .license = "MIT", .bytes = 5}));
  auto sidecar = read_sidecar(model);
  ASSERT_TRUE(sidecar);
  EXPECT_EQ(sidecar->name, "a:1b");
  EXPECT_EQ(sidecar->source, "s \"x\" \uFFFD");
  EXPECT_EQ(sidecar->sha256, "ab");
  EXPECT_EQ(sidecar->license, "MIT");
}

TEST(Sidecar, OnlyAHint) {
  TemporaryFolder folder;
  std::string model = folder.file("m.gguf");
  write_text(model, "12345");
  for (const char* text :
       {"", "[]", "{\"name\": \"a\"}", "{\"name\": \"../a\", \"bytes\": 5}", "{\"name\": \"A\", \"bytes\": 5}",
        "{\"name\": 3, \"bytes\": 5}", "{\"name\": \"a\", \"bytes\": 6}"}) {
    write_text(sidecar_path(model), text);
    EXPECT_FALSE(read_sidecar(model)) << text;
  }
  write_text(sidecar_path(model), "{\"name\": \"a\", \"bytes\": 5}");
  EXPECT_TRUE(read_sidecar(model));
  write_text(sidecar_path(model), "{\"name\": \"a\", \"bytes\": 5, \"x\": \"" + std::string(70000, 'x') + "\"}");
  EXPECT_FALSE(read_sidecar(model));
}

}  // namespace
}  // namespace sotto::catalog
