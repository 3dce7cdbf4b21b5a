#include "catalog/download/index.h"

#include <gtest/gtest.h>

#include "catalog/server.h"

namespace sotto::catalog {
namespace {

using test::Server;

HttpPage page(const std::string& type, const std::string& body) {
  return {.head = {.status = 200, .url = "https://example.org/simple/a-b/", .content_type = type}, .body = body};
}

TEST(Index, PackageNames) { EXPECT_EQ(normalized_package("A.b__C-d"), "a-b-c-d"); }

TEST(Index, HtmlAndJsonAgree) {
  for (const char* options : {"plain", "htmlindex"}) {
    auto wheel = find_wheel(Server::get().index(options), "Tiny_Model", "1.0", nullptr);
    ASSERT_TRUE(wheel) << wheel.error().message;
    EXPECT_EQ(wheel->file_name, "tiny_model-1.0-py3-none-any.whl");
    EXPECT_EQ(wheel->url, Server::get().url(options, "packages/tiny-model/tiny_model-1.0-py3-none-any.whl"));
    EXPECT_EQ(wheel->sha256.size(), 64u);
  }
  auto json = find_wheel(Server::get().index("plain"), "tiny-model", "1.0", nullptr);
  auto html = find_wheel(Server::get().index("htmlindex") + "//", "tiny-model", "1.0", nullptr);
  EXPECT_EQ(json->sha256, html->sha256);
  EXPECT_EQ(json->bytes, std::filesystem::file_size(Server::get().wheel("tiny-model")));
  EXPECT_EQ(html->bytes, 0u);
}

TEST(Index, MissingPackagesAndVersions) {
  EXPECT_EQ(find_wheel(Server::get().index("plain"), "absent", "1.0", nullptr).error().code, ErrorCode::kNotFound);
  auto version = find_wheel(Server::get().index("plain"), "tiny-model", "2.0", nullptr);
  EXPECT_EQ(version.error().code, ErrorCode::kNotFound);
  EXPECT_NE(version.error().message.find("0.9, 1.0"), std::string::npos) << version.error().message;
}

TEST(Index, ChoosesTheExactVersionForAnySystem) {
  std::vector<IndexFile> files = {{.file_name = "a_b-1.0.tar.gz"},
                                  {.file_name = "a_b-1.0.1-py3-none-any.whl"},
                                  {.file_name = "a_b-1.0-cp311-cp311-linux_x86_64.whl"},
                                  {.file_name = "A.B-1.0-py3-none-any.whl"},
                                  {.file_name = "a_b_c-1.0-py3-none-any.whl"},
                                  {.file_name = "odd.whl"},
                                  {.file_name = "a_b-1.0.whl"}};
  EXPECT_EQ(choose_wheel(files, "a-b", "1.0")->file_name, "A.B-1.0-py3-none-any.whl");
  EXPECT_EQ(choose_wheel(files, "a-b", "1.0.1")->file_name, "a_b-1.0.1-py3-none-any.whl");
  EXPECT_FALSE(choose_wheel(files, "a-b", "1"));
  EXPECT_FALSE(choose_wheel({}, "a-b", "1.0"));
}

TEST(Index, HostilePages) {
  for (const char* body : {"", "[]", "{\"files\": 3}", "{\"files\": [", "\xff\xfe"}) {
    EXPECT_FALSE(parse_index_page(page("application/vnd.pypi.simple.v1+json", body))) << body;
  }
  auto odd = parse_index_page(page("application/json", R"({"files": [3, {}, {"filename": "x"},
      {"filename": "y", "url": "https://"}, {"filename": "z", "url": "z.whl", "size": "big"},
      {"filename": "good", "url": "g.whl", "hashes": {"sha256": "SHORT"}}, {"filename": "g2", "url": "g", "hashes": 3}]})"));
  ASSERT_TRUE(odd);
  ASSERT_EQ(odd->size(), 2u);
  EXPECT_EQ((*odd)[0].url, "https://example.org/simple/a-b/g.whl");
  EXPECT_EQ((*odd)[0].sha256, "");
  EXPECT_FALSE(parse_index_page(page("text/plain", "hello")));
  EXPECT_TRUE(parse_index_page(page("text/html", "<a href='https://'>x</a>"))->empty());
}

TEST(Index, LinksKeepTheEncryption) {
  EXPECT_TRUE(parse_index_page(page("text/html", "<a href='http://127.0.0.1/a.whl'>x</a>"))->empty());
  EXPECT_EQ(parse_index_page(page("text/html", "<a href='https://127.0.0.1/a.whl'>x</a>"))->size(), 1u);
}

TEST(Index, FileNamesAreDecoded) {
  auto files = parse_index_page(page("text/html", "<a href=\"/f/a%2Bb-1.0-py3-none-any.whl?x=/y#sha256=zz\">x</a>"));
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ((*files)[0].file_name, "a+b-1.0-py3-none-any.whl");
  EXPECT_EQ((*files)[0].sha256, "");
}

TEST(Index, PipsHelp) {
  std::string help =
      "  -i, --index-url <url>       Base URL of the Python Package Index (default\n"
      "                              https://mirror.example.org/simple). This should\n"
      "  --extra-index-url <url>     Extra URLs (default https://wrong.example.org)\n";
  EXPECT_EQ(index_in_pip_help(help), "https://mirror.example.org/simple");
  EXPECT_EQ(index_in_pip_help("  --index-url <url>  no such thing here"), "");
  EXPECT_EQ(index_in_pip_help("nothing"), "");
  EXPECT_EQ(index_in_pip_help("  --index-url <url>  x (default "), "");
}

}  // namespace
}  // namespace sotto::catalog
