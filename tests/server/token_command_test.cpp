#include "server/token_command.h"

#include <gtest/gtest.h>

#include <vector>

#include "http/tokens.h"
#include "support/temporary_folder.h"

namespace sotto::server {
namespace {

struct Printed {
  int exit;
  std::string out;
};

Printed token_command(std::vector<const char*> arguments, const std::string& path) {
  arguments.insert(arguments.begin(), "token");
  testing::internal::CaptureStdout();
  const int exit = run_token_command(static_cast<int>(arguments.size()), arguments.data(), path);
  return {exit, testing::internal::GetCapturedStdout()};
}

TEST(TokenCommand, MakesListsAndRemoves) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("config/sotto") + "/tokens";
  const Printed made = token_command({"add", "phone"}, path);
  ASSERT_EQ(made.exit, 0);
  const auto tokens = http::read_tokens(path);
  ASSERT_TRUE(tokens);
  const http::Token* token = http::find_token(*tokens, made.out.substr(0, made.out.size() - 1));
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(token->scope, http::Scope::kChat);
  ASSERT_EQ(token_command({"add", "boss", "--scope", "admin"}, path).exit, 0);
  EXPECT_EQ(token_command({"list"}, path).out, "phone\tchat\nboss\tadmin\n");
  EXPECT_EQ(token_command({"rm", "phone"}, path).exit, 0);
  EXPECT_EQ(token_command({"list"}, path).out, "boss\tadmin\n");
  EXPECT_EQ(token_command({"rm", "phone"}, path).exit, 3);
}

TEST(TokenCommand, MistakesEndWithTwo) {
  const support::TemporaryFolder folder;
  const std::string path = folder.file("tokens");
  const std::vector<std::vector<const char*>> lines = {
      {}, {"add"}, {"make", "x"}, {"add", "x", "--scope", "root"}, {"add", "a b"}, {"rm"}};
  for (const auto& line : lines) EXPECT_EQ(token_command(line, path).exit, 2);
}

}  // namespace
}  // namespace sotto::server
