#include "catalog/download/sources.h"

#include <gtest/gtest.h>

#include "catalog/server.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

using test::Server;
using test::TemporaryFolder;

TEST(Sources, Described) {
  EXPECT_EQ(describe_source({.parts = {{"a", "1.0", "m"}}, .url = {}}), "package a 1.0");
  EXPECT_EQ(describe_source({.parts = {{"a", "1.0", "m"}, {"b", "1.0", "m"}}, .url = {}}), "package a 1.0 and 1 more");
  EXPECT_EQ(describe_source({.parts = {}, .url = "https://u:p@example.org/a?k=v"}), "https://example.org/a");
}

TEST(Sources, SizesAreBoundedByWhatIsKnown) {
  TemporaryFolder models;
  Entry entry;
  PullOptions options;
  auto workspace = Workspace::open(models.path(), "a.gguf", [] { return false; });
  Meter meter({});
  Job job{entry, options, *workspace, meter};
  EXPECT_GT(job.max_bytes(), 100'000'000'000u);
  entry.bytes = 1'000'000'000;
  EXPECT_GT(job.max_bytes(), 1'000'000'000u);
  EXPECT_LT(job.max_bytes(), 2'000'000'000u);
  entry.bytes_exact = true;
  EXPECT_EQ(job.max_bytes(), 1'000'000'000u);
}

TEST(Sources, AnAddress) {
  TemporaryFolder models;
  Entry entry{.name = "tiny:1m",
              .file_name = "tiny.gguf",
              .sha256 = Server::get().model_sha256,
              .bytes = Server::get().model_bytes,
              .bytes_exact = true};
  PullOptions options{.models_folder = models.path()};
  auto workspace = Workspace::open(models.path(), entry.file_name, [] { return false; });
  std::vector<PullProgress::Stage> stages;
  Meter meter([&](const PullProgress& progress) {
    if (stages.empty() || stages.back() != progress.stage) stages.push_back(progress.stage);
  });
  std::string url = Server::get().model_url("redirect=2");
  auto obtained = obtain({entry, options, *workspace, meter}, {.parts = {}, .url = url});
  ASSERT_TRUE(obtained) << obtained.error().message;
  EXPECT_EQ(*sha256_of_file(obtained->path), Server::get().model_sha256);
  EXPECT_EQ(obtained->source, url);
  using Stage = PullProgress::Stage;
  EXPECT_EQ(stages, (std::vector<Stage>{Stage::kConnecting, Stage::kDownloading, Stage::kVerifying}));
}

}  // namespace
}  // namespace sotto::catalog
