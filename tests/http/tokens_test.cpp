#include "http/tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "support/temporary_folder.h"

namespace sotto::http {
namespace {

// SHA-256 of "abc" (FIPS 180-4, the example of one block).
constexpr const char* kAbcHex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

void write_private(const support::TemporaryFolder& folder, const std::string& text) {
  folder.write("tokens", text);
  ::chmod(folder.file("tokens").c_str(), 0600);
}

std::string contents(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Tokens, AreFoundByTheirSum) {
  const support::TemporaryFolder folder;
  write_private(folder, std::string("# a comment\n\nlaptop chat ") + kAbcHex + "  # mine\n");
  const auto tokens = read_tokens(folder.file("tokens"));
  ASSERT_TRUE(tokens) << tokens.error().message;
  ASSERT_EQ(tokens->size(), 1u);
  ASSERT_NE(find_token(*tokens, "abc"), nullptr);
  EXPECT_EQ(find_token(*tokens, "abc")->name, "laptop");
  EXPECT_EQ(find_token(*tokens, "abd"), nullptr);
  EXPECT_EQ(find_token(*tokens, ""), nullptr);
  EXPECT_EQ(find_token({}, "abc"), nullptr);
}

TEST(Tokens, AreAddedWithASecretThatTheFileDoesNotHold) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("tokens");
  const auto first = add_token(path, "one", Scope::kChat);
  const auto second = add_token(path, "two", Scope::kAdmin);
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  EXPECT_GE(first->size(), 64u) << "256 bits in hex";
  EXPECT_EQ(contents(path).find(first->substr(first->size() - 16)), std::string::npos);
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);

  auto tokens = read_tokens(path);
  ASSERT_TRUE(tokens);
  EXPECT_EQ(find_token(*tokens, *second)->scope, Scope::kAdmin);
  ASSERT_TRUE(remove_token(path, "two"));
  tokens = read_tokens(path);
  EXPECT_EQ(find_token(*tokens, *second), nullptr);
  EXPECT_NE(find_token(*tokens, *first), nullptr);
  EXPECT_EQ(remove_token(path, "two").error().code, ErrorCode::kNotFound);
}

TEST(Tokens, NamesAndScopesAreChecked) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("tokens");
  for (const char* bad : {"", "a b", "a\nb", "#a", "\xC3\xA9"}) EXPECT_FALSE(add_token(path, bad, Scope::kChat)) << bad;
  EXPECT_FALSE(add_token(path, std::string(65, 'a'), Scope::kChat));
  EXPECT_FALSE(add_token(path, "a", Scope::kOpen));
  ASSERT_TRUE(add_token(path, "a", Scope::kChat));
  EXPECT_EQ(add_token(path, "a", Scope::kAdmin).error().code, ErrorCode::kBadRequest) << "taken";
}

TEST(Tokens, AMissingFileHasNone) {
  const support::TemporaryFolder folder;
  const auto tokens = read_tokens(folder.file("tokens"));
  ASSERT_TRUE(tokens);
  EXPECT_TRUE(tokens->empty());
}

TEST(Tokens, DamagedLinesNameTheirNumber) {
  const std::string good = std::string("a chat ") + kAbcHex;
  const support::TemporaryFolder folder;
  for (const std::string& bad :
       {std::string("b"), std::string("b open ") + kAbcHex, std::string("b chat abc"), good,
        std::string("b chat ") + kAbcHex + " more", std::string("b chat BA") + (kAbcHex + 2)}) {
    write_private(folder, good + "\n" + bad + "\n");
    const auto tokens = read_tokens(folder.file("tokens"));
    ASSERT_FALSE(tokens) << bad;
    EXPECT_EQ(tokens.error().code, ErrorCode::kBadFile);
    EXPECT_NE(tokens.error().message.find("tokens:2:"), std::string::npos) << tokens.error().message;
  }
}

TEST(Tokens, AFileThatOthersMayReadIsRefused) {
  const support::TemporaryFolder folder;
  write_private(folder, "");
  for (const mode_t mode : {0640, 0604, 0620, 0666}) {
    ::chmod(folder.file("tokens").c_str(), mode);
    const auto tokens = read_tokens(folder.file("tokens"));
    ASSERT_FALSE(tokens) << mode;
    EXPECT_NE(tokens.error().message.find("chmod 600"), std::string::npos);
  }
  EXPECT_FALSE(read_tokens(folder.path())) << "a folder";
}

}  // namespace
}  // namespace sotto::http
