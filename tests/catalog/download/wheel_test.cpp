#include "catalog/download/wheel.h"

#include <gtest/gtest.h>

#include "catalog/server.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

using test::Server;

struct Read {
  Result<std::uint64_t> result;
  std::string sha256;
  std::uint64_t given = 0;
};

Read read(const std::string& package, const std::string& member, std::uint64_t max_bytes) {
  Sha256 hash;
  std::uint64_t given = 0;
  auto result = read_member(Server::get().wheel(package), member, max_bytes, [&](std::span<const char> bytes) {
    hash.update(bytes);
    given += bytes.size();
    return Result<void>();
  });
  return {std::move(result), hash.hex(), given};
}

TEST(Wheel, GivesTheMemberWhole) {
  auto model = read("tiny-model", "tiny_model/model.gguf", Server::get().model_bytes);
  ASSERT_TRUE(model.result) << model.result.error().message;
  EXPECT_EQ(*model.result, Server::get().model_bytes);
  EXPECT_EQ(model.sha256, Server::get().model_sha256);
}

TEST(Wheel, PathsAreExact) {
  for (const char* member : {"model.gguf", "tiny_model/MODEL.gguf", "/tiny_model/model.gguf", "tiny_model/",
                             "./tiny_model/model.gguf", ""}) {
    EXPECT_EQ(read("tiny-model", member, 1 << 30).result.error().code, ErrorCode::kBadFile) << member;
  }
  EXPECT_FALSE(read("evil-traversal", "evil/model", 1 << 20).result);
}

TEST(Wheel, NeverMoreThanAllowed) {
  auto bomb = read("evil-bomb", "evil/model", 100'000);
  ASSERT_FALSE(bomb.result);
  EXPECT_EQ(bomb.given, 0u);
  EXPECT_NE(bomb.result.error().message.find("209715200 bytes"), std::string::npos) << bomb.result.error().message;
  // It says 1,000 bytes and holds 100,000.
  auto liar = read("evil-size", "evil/model", 1000);
  EXPECT_FALSE(liar.result);
  EXPECT_LE(liar.given, 1000u);
}

TEST(Wheel, DamageIsFound) {
  EXPECT_FALSE(read("evil-crc", "evil/model", 1 << 20).result);
  EXPECT_FALSE(read("evil-cut", "evil/model", 1 << 20).result);
  EXPECT_FALSE(read("evil-text", "evil/model", 1 << 20).result);
  EXPECT_NE(read("evil-encrypted", "evil/model", 1 << 20).result.error().message.find("encrypted"), std::string::npos);
  EXPECT_EQ(read("evil-method", "evil/model", 1 << 20).result.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(read_member("/no/such.whl", "x", 10, [](auto) { return Result<void>(); }));
}

// Every byte of the archive's end and beginning damaged in turn: an error or the right bytes, never
// anything else.
TEST(Wheel, AnyDamagedByte) {
  test::TemporaryFolder folder;
  std::string whole = test::read_text(Server::get().wheel("tiny-part1"));
  auto good = read("tiny-part1", "tiny_part1/data/model.part00", 1 << 20);
  ASSERT_TRUE(good.result);
  std::size_t tail = 400, step = 3;
  for (std::size_t at = 0; at < whole.size(); at += at < 200 || at + tail > whole.size() ? step : whole.size() - 700) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    test::write_text(folder.file("d.whl"), damaged);
    Sha256 hash;
    auto result =
        read_member(folder.file("d.whl"), "tiny_part1/data/model.part00", 1 << 20, [&](std::span<const char> bytes) {
          hash.update(bytes);
          return Result<void>();
        });
    EXPECT_TRUE(!result || hash.hex() == good.sha256) << at;
  }
}

}  // namespace
}  // namespace sotto::catalog
