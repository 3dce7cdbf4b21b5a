#include <gtest/gtest.h>

#include "catalog/download/sources.h"
#include "catalog/server.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

using test::Server;
using test::TemporaryFolder;

const std::vector<PackagePart> kWhole = {{"tiny-model", "1.0", "tiny_model/model.gguf"}};
const std::vector<PackagePart> kParts = {{"tiny-part1", "1.0", "tiny_part1/data/model.part00"},
                                         {"tiny-part2", "1.0", "tiny_part2/data/model.part01"}};

struct Attempt {
  TemporaryFolder models;
  Entry entry{.name = "tiny:1m",
              .file_name = "tiny.gguf",
              .sha256 = Server::get().model_sha256,
              .bytes = Server::get().model_bytes,
              .bytes_exact = true};
  PullOptions options;
  std::vector<PullProgress> seen;

  Result<Obtained> run(const std::string& server_options, const std::vector<PackagePart>& parts) {
    options = {.models_folder = models.path(),
               .index_url = Server::get().index(server_options),
               .stall_seconds = 2,
               .attempts = 3};
    auto workspace = Workspace::open(models.path(), entry.file_name, [] { return false; });
    Meter meter([this](const PullProgress& progress) { seen.push_back(progress); });
    return obtain_from_packages({entry, options, *workspace, meter}, parts);
  }
};

TEST(PackageSource, WholeAndInParts) {
  for (const auto& parts : {kWhole, kParts}) {
    for (const char* options : {"plain", "htmlindex"}) {
      Attempt attempt;
      auto obtained = attempt.run(options, parts);
      ASSERT_TRUE(obtained) << obtained.error().message;
      EXPECT_EQ(*sha256_of_file(obtained->path), Server::get().model_sha256);
      EXPECT_EQ(obtained->sha256, Server::get().model_sha256);
    }
  }
  Attempt attempt;
  EXPECT_EQ(attempt.run("plain", kParts)->source, "tiny-part1==1.0, tiny-part2==1.0");
}

TEST(PackageSource, ProgressIsOfAllParts) {
  Attempt attempt;
  ASSERT_TRUE(attempt.run("rate=20000000", kParts));
  std::uint64_t total = std::filesystem::file_size(Server::get().wheel("tiny-part1")) +
                        std::filesystem::file_size(Server::get().wheel("tiny-part2"));
  std::uint64_t last = 0;
  for (const PullProgress& progress : attempt.seen) {
    if (progress.stage != PullProgress::Stage::kDownloading) continue;
    EXPECT_GE(progress.done_bytes, last);
    last = progress.done_bytes;
    EXPECT_TRUE(progress.total_bytes == total || progress.done_bytes == 0);
  }
  EXPECT_EQ(last, total);
}

TEST(PackageSource, PartsInTheWrongOrderAreFound) {
  Attempt attempt;
  auto obtained = attempt.run("plain", {kParts[1], kParts[0]});
  ASSERT_FALSE(obtained);
  EXPECT_EQ(obtained.error().code, ErrorCode::kBadFile);
  // The same bytes would fail again: they are gone.
  EXPECT_EQ(partial_bytes(attempt.models.path(), "tiny.gguf"), 0u);
}

TEST(PackageSource, TheIndexsChecksumCounts) {
  Attempt attempt;
  auto obtained = attempt.run("badhash", kWhole);
  ASSERT_FALSE(obtained);
  EXPECT_EQ(obtained.error().code, ErrorCode::kBadFile);
  EXPECT_NE(obtained.error().message.find("sha256"), std::string::npos);
}

TEST(PackageSource, SomethingMustBePinned) {
  Attempt unpinned;
  unpinned.entry.sha256.clear();
  auto refused = unpinned.run("nohash", kWhole);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("could not be checked"), std::string::npos);
  Attempt pinned;
  EXPECT_TRUE(pinned.run("nohash", kWhole));
}

TEST(PackageSource, HostileWheels) {
  for (const char* package : {"evil-bomb", "evil-traversal", "evil-method", "evil-crc", "evil-encrypted", "evil-size",
                              "evil-cut", "evil-text"}) {
    Attempt attempt;
    EXPECT_FALSE(attempt.run("plain", {{package, "1.0", "evil/model"}})) << package;
    EXPECT_FALSE(std::filesystem::exists(attempt.models.file("tiny.gguf")));
    EXPECT_FALSE(std::filesystem::exists(attempt.models.file("evil")));
  }
}

TEST(PackageSource, AnotherModelUnderTheName) {
  Attempt attempt;
  attempt.entry.sha256 = std::string(64, '0');
  auto obtained = attempt.run("plain", kWhole);
  ASSERT_FALSE(obtained);
  EXPECT_NE(obtained.error().message.find("another file"), std::string::npos);
}

}  // namespace
}  // namespace sotto::catalog
