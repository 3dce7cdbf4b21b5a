#include "published/model_card.h"

#include <gtest/gtest.h>

#include "published/support.h"

namespace sotto::published {
namespace {

TEST(ModelCard, ReadsTheLicenceOfFrontMatter) {
  const ModelCard card = parse_front_matter(
      "---\nlanguage:\n- en\nlicense: \"other\"  # see below\nlicense_name: llama3.2\r\nlicense_link: "
      "https://example.org/a#b\ntags: [a, b]\n---\nlicense: no\n");
  EXPECT_EQ(card.license, "other");
  EXPECT_EQ(card.license_name, "llama3.2");
  EXPECT_EQ(card.license_link, "https://example.org/a#b");
}

TEST(ModelCard, OddReadmesSayNothing) {
  for (const char* readme : {"", "# A model\nlicense: mit\n", "---\nlicense: mit\n", "---\nlicense: [mit]\n---\n",
                             "---\nlicense:\n  - mit\n---\n", "---\n  license: mit\n---\n", "---\nlicense: \xFF\n---\n",
                             "---\nlicense: 'mit\n---\n"}) {
    EXPECT_EQ(parse_front_matter(readme).license, "") << readme;
  }
}

TEST(ModelCard, TheNameIsTheFoldersOrTheRepositorysInACache) {
  test::TemporaryFolder root;
  const std::string plain = root.file("My-Model-1B");
  const std::string cached =
      root.file("models--owner--SmolLM2-135M/snapshots/12fd25f77366fa6b3b4b768ec3050bf629380bac");
  std::filesystem::create_directories(plain);
  std::filesystem::create_directories(cached);
  EXPECT_EQ(read_model_card(plain).name, "My-Model-1B");
  EXPECT_EQ(read_model_card(plain + "/").name, "My-Model-1B");
  EXPECT_EQ(read_model_card(cached).name, "SmolLM2-135M");
}

TEST(ModelCard, ALicenceFileIsTheLinkWhereTheReadmeGivesNone) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("LICENSE"));
  EXPECT_EQ(read_model_card(folder.path()).license_link, "");
  folder.write("LICENSE.txt", "Permission is hereby granted");
  EXPECT_EQ(read_model_card(folder.path()).license_link, "LICENSE.txt");
  folder.write("README.md", "---\nlicense_link: https://example.org/terms\n---\n");
  EXPECT_EQ(read_model_card(folder.path()).license_link, "https://example.org/terms");
}

}  // namespace
}  // namespace sotto::published
