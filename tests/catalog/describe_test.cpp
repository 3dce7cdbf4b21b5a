#include "catalog/describe.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "catalog/server.h"

namespace sotto::catalog {
namespace {

using test::Server;

TEST(Describe, WhatTheFileSays) {
  auto details = describe_details(Server::get().model_path());
  ASSERT_TRUE(details) << details.error().message;
  EXPECT_EQ(details->title, "Tiny Test Model");
  EXPECT_EQ(details->n_params, 512u * 1024);
  EXPECT_EQ(details->n_tensors, 1u);
  EXPECT_EQ(details->ctx_tokens, 2048u);
  EXPECT_EQ(details->license_text, "apache-2.0");
  EXPECT_EQ(details->chat_template, "{{ messages }}" + std::string(400, 'x'));
  ASSERT_EQ(details->metadata.size(), 6u);
  EXPECT_EQ(details->metadata[0], (std::pair<std::string, std::string>{"general.architecture", "llama"}));
  // Long values are cut and say how long they are.
  EXPECT_LT(details->metadata[5].second.size(), 150u);
  EXPECT_TRUE(details->metadata[5].second.ends_with("(414 bytes)")) << details->metadata[5].second;
}

TEST(Describe, DamagedFilesAreErrors) {
  test::TemporaryFolder folder;
  test::write_text(folder.file("a.gguf"), "GGUF and nothing more");
  EXPECT_FALSE(describe_model(folder.file("a.gguf")));
  EXPECT_FALSE(describe_details(folder.file("a.gguf")));
  EXPECT_EQ(describe_model(folder.file("b.gguf")).error().code, ErrorCode::kNotFound);
}

TEST(Describe, NamesWithoutLookingInside) {
  test::TemporaryFolder folder;
  test::write_text(folder.file("GEMMA-3-270M-Q4_K_M.gguf"), "x");
  // The catalog's file name in another case, as other programs store it.
  EXPECT_EQ(describe_file(folder.file("GEMMA-3-270M-Q4_K_M.gguf")).name, "gemma3:270m");
  EXPECT_EQ(describe_file(folder.file("Other.gguf")).name, "Other");
}

}  // namespace
}  // namespace sotto::catalog
