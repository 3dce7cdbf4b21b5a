#include <gtest/gtest.h>

#include "catalog/machine.h"
#include "catalog/support.h"

namespace sotto::catalog {
namespace {

using test::TemporaryFolder;

Entry entry_of(std::uint64_t bytes) {
  return {.name = "a:1b",
          .architecture = "llama",
          .file_name = "a.gguf",
          .bytes = bytes,
          .bytes_exact = true,
          .ctx_tokens = 8192,
          .layers = 5,
          .kv_heads = 1,
          .head_dim = 98,
          .sources = {{.parts = {{}}, .url = {}}}};
}

constexpr Machine kMachine = {
    .threads = 2, .memory_bytes = 8'000'000'000, .memory_available_bytes = 1'000'000'000, .read_bytes_per_s = 10e9};

TEST(Fit, MemoryAndSpeed) {
  TemporaryFolder folder;
  auto fit = check_fit(entry_of(100'000'000), folder.path(), kMachine);
  ASSERT_TRUE(fit);
  EXPECT_TRUE(fit->memory_ok);
  // The file and 4,096 positions at the least.
  EXPECT_GE(fit->memory_needed_bytes, 100'000'000u + 4096u * 1000);
  // 100 reads of the weights a second at the very most.
  EXPECT_GT(fit->tokens_per_s, 30);
  EXPECT_LE(fit->tokens_per_s, 100);
  auto large = check_fit(entry_of(2'000'000'000), folder.path(), kMachine);
  EXPECT_FALSE(large->memory_ok);
  EXPECT_NEAR(fit->tokens_per_s / large->tokens_per_s, 20, 1e-9);
}

TEST(Fit, WhatATokenDoesNotReadCostsNoTime) {
  TemporaryFolder folder;
  Entry entry = entry_of(400'000'000);
  const auto whole = check_fit(entry, folder.path(), kMachine);
  entry.read_bytes = 100'000'000;
  const auto part = check_fit(entry, folder.path(), kMachine);
  EXPECT_NEAR(part->tokens_per_s / whole->tokens_per_s, 4, 1e-9);
  EXPECT_EQ(part->memory_needed_bytes, whole->memory_needed_bytes);
}

TEST(Fit, StartsWithTheLargestThatAnswersFitsAndIsFastEnough) {
  const auto fit = [](bool fits, double tokens_per_s) {
    return Fit{.tokens_per_s = tokens_per_s, .disk_ok = true, .memory_ok = fits};
  };
  std::vector<Entry> entries = {entry_of(100), entry_of(300), entry_of(200), entry_of(400)};
  EXPECT_EQ(to_start_with(entries, std::vector{fit(true, 99), fit(true, 33), fit(true, 50), fit(true, 25)}),
            &entries[3]);
  EXPECT_EQ(to_start_with(entries, std::vector{fit(true, 99), fit(true, 33), fit(true, 50), fit(false, 25)}),
            &entries[1]);
  EXPECT_EQ(to_start_with(entries, std::vector{fit(true, 20), fit(true, 6), fit(true, 10), fit(true, 5)}), &entries[2]);
  // A mixture of experts is as large as what it asks for a token.
  entries[3].read_bytes = 250;
  EXPECT_EQ(to_start_with(entries, std::vector{fit(true, 99), fit(true, 33), fit(true, 50), fit(true, 40)}),
            &entries[1]);
  entries[2].chat = false;
  EXPECT_EQ(to_start_with(entries, std::vector{fit(true, 20), fit(true, 6), fit(true, 10), fit(true, 5)}), &entries[0]);
  EXPECT_EQ(to_start_with(entries, std::vector{fit(true, 2), fit(true, 2), fit(true, 2), fit(true, 2)}), nullptr);
}

TEST(Fit, DiskOfTheNearestFolder) {
  TemporaryFolder folder;
  auto fit = check_fit(entry_of(1'000'000), folder.file("not/there/yet"), kMachine);
  ASSERT_TRUE(fit);
  auto space = std::filesystem::space(folder.path());
  EXPECT_NEAR(static_cast<double>(fit->disk_free_bytes), static_cast<double>(space.available), 2e9);
  EXPECT_TRUE(fit->disk_ok);
  // Packages lie beside the file made of them.
  EXPECT_GE(fit->disk_needed_bytes, 2'000'000u);
  EXPECT_FALSE(check_fit(entry_of(1ull << 55), folder.path(), kMachine)->disk_ok);
}

TEST(Fit, WhatIsThereIsNotNeededAgain) {
  TemporaryFolder folder;
  auto before = check_fit(entry_of(50'000'000), folder.path(), kMachine);
  std::filesystem::create_directories(folder.file(".partial/a.gguf"));
  test::write_text(folder.file(".partial/a.gguf/0.whl"), std::string(1'000'000, 'x'));
  auto resumed = check_fit(entry_of(50'000'000), folder.path(), kMachine);
  EXPECT_EQ(before->disk_needed_bytes - resumed->disk_needed_bytes, 1'000'000u);
  test::write_text(folder.file("a.gguf"), "x");
  EXPECT_EQ(check_fit(entry_of(50'000'000), folder.path(), kMachine)->disk_needed_bytes, 0u);
}

TEST(Fit, SaidInWords) {
  TemporaryFolder folder;
  Entry entry = entry_of(98'362'432);
  std::string text = describe_fit(entry, *check_fit(entry, folder.path(), kMachine));
  EXPECT_NE(text.find("98.4 MB"), std::string::npos) << text;
  EXPECT_NE(text.find("tokens/s here (an estimate)"), std::string::npos) << text;
  entry.bytes_exact = false;
  EXPECT_TRUE(describe_fit(entry, Fit{}).starts_with("about "));
  entry.architecture = "unknown";
  EXPECT_NE(describe_fit(entry, Fit{.disk_ok = true, .memory_ok = true}).find("cannot run"), std::string::npos);
  EXPECT_NE(describe_fit(entry, Fit{.disk_ok = false}).find("on the disk"), std::string::npos);
  EXPECT_NE(describe_fit(entry, Fit{.memory_ok = false}).find("more than is available"), std::string::npos);
  EXPECT_NE(describe_fit(Entry{}, Fit{}).find("not known"), std::string::npos);
}

}  // namespace
}  // namespace sotto::catalog
