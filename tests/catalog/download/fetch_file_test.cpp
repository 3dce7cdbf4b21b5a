#include "catalog/download/fetch_file.h"

#include <signal.h>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "catalog/server.h"
#include "catalog/sha256.h"

namespace sotto::catalog {
namespace {

using test::Server;
using test::TemporaryFolder;

struct Download {
  TemporaryFolder folder;
  FetchRequest request;
  std::vector<std::string> retries;

  explicit Download(const std::string& options) {
    request = {.url = Server::get().model_url(options),
               .path = folder.file("download"),
               .magic = "GGUF",
               .sha256 = {},
               .exact_bytes = Server::get().model_bytes,
               .max_bytes = Server::get().model_bytes,
               .stall_seconds = 2,
               .attempts = 3};
    request.on_retry = [this](const std::string& why) { retries.push_back(why); };
  }
  std::uint64_t size() const { return std::filesystem::file_size(request.path); }
  // Leaves the first `bytes` of the file, as an earlier download of the same address would.
  void start_with(std::uint64_t bytes) {
    std::string options = request.url.substr(Server::get().url("", "").size() - 1);
    FetchRequest first = request;
    first.attempts = 1;
    std::atomic<bool> cancel = false;
    first.cancel = &cancel;
    first.on_progress = [&](std::uint64_t done, std::uint64_t) { cancel = done >= bytes; };
    EXPECT_EQ(fetch_file(first).error().code, ErrorCode::kCancelled);
    std::filesystem::resize_file(request.path, bytes);
  }
};

void expect_whole(Download& download) {
  auto fetched = fetch_file(download.request);
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(fetched->bytes, Server::get().model_bytes);
  EXPECT_EQ(fetched->sha256, Server::get().model_sha256);
  EXPECT_EQ(*sha256_of_file(download.request.path), Server::get().model_sha256);
}

std::string failure(Download& download, ErrorCode code) {
  auto fetched = fetch_file(download.request);
  if (fetched) return "it was fetched";
  EXPECT_EQ(static_cast<int>(fetched.error().code), static_cast<int>(code)) << fetched.error().message;
  return fetched.error().message;
}

TEST(FetchFile, InOnePiece) {
  Download download("rate=40000000,a");
  std::uint64_t last = 0, verified = 0;
  download.request.on_progress = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GT(done, last);
    EXPECT_EQ(total, Server::get().model_bytes);
    last = done;
  };
  download.request.on_verify = [&](std::uint64_t done, std::uint64_t) { verified = done; };
  expect_whole(download);
  EXPECT_EQ(last, Server::get().model_bytes);
  EXPECT_EQ(verified, Server::get().model_bytes);
  EXPECT_TRUE(download.retries.empty());
}

TEST(FetchFile, GoesOnWhereItEnded) {
  Download download("rate=40000000,b");
  download.start_with(1'000'000);
  expect_whole(download);
  auto served = Server::get().served("rate=40000000,b");
  ASSERT_EQ(served.size(), 2u);
  EXPECT_EQ(served[1].first_byte, 1'000'000u);
  EXPECT_EQ(served[1].bytes, Server::get().model_bytes - 1'000'000);
}

TEST(FetchFile, CutConnectionsAreTakenUpAgain) {
  Download download("cut=600000");
  expect_whole(download);
  EXPECT_GE(download.retries.size(), 2u);
  for (const auto& served : Server::get().served("cut=600000")) EXPECT_LE(served.bytes, 600'000u);
}

TEST(FetchFile, StalledConnectionsAreTakenUpAgain) {
  Download download("stall=1500000,times=1");
  download.request.stall_seconds = 1;
  expect_whole(download);
  EXPECT_EQ(download.retries.size(), 1u);
}

TEST(FetchFile, GivesUpWithoutProgress) {
  Download download("cut=0");
  EXPECT_NE(failure(download, ErrorCode::kIo).find("127.0.0.1"), std::string::npos);
  EXPECT_EQ(Server::get().served("cut=0").size(), 3u);
  Download nobody("plain");
  nobody.request.url = "http://127.0.0.1:1/x";
  failure(nobody, ErrorCode::kIo);
  EXPECT_EQ(nobody.retries.size(), 2u);
}

TEST(FetchFile, ANetworkThatIsNotThereIsNotWaitedFor) {
  ::setenv("https_proxy", "http://no-such-host.invalid:1", 1);
  Download download("plain");
  download.request.url = "https://no-such-host.invalid/model.gguf";
  std::string message = failure(download, ErrorCode::kIo);
  ::unsetenv("https_proxy");
  EXPECT_NE(message.find("resolve"), std::string::npos) << message;
  EXPECT_TRUE(download.retries.empty());
}

TEST(FetchFile, FaultsOfTheServerPass) {
  Download download("status=503,times=2");
  expect_whole(download);
  EXPECT_EQ(download.retries.size(), 2u);
}

TEST(FetchFile, ServersWithoutPartsStartAgain) {
  Download download("rate=40000000,norange");
  download.start_with(1'000'000);
  expect_whole(download);
  EXPECT_EQ(Server::get().served("rate=40000000,norange").back().first_byte, 0u);
}

TEST(FetchFile, AChangedFileStartsAgain) {
  Download download("rate=40000000,changes");
  download.start_with(1'000'000);
  expect_whole(download);
  EXPECT_EQ(Server::get().served("rate=40000000,changes").back().first_byte, 0u);
}

TEST(FetchFile, TheWrongPartStartsAgain) {
  Download download("rate=40000000,wrongrange");
  download.start_with(1'000'000);
  expect_whole(download);
}

TEST(FetchFile, WithoutAValidatorOnlyAChecksumAllowsToGoOn) {
  Download unsure("rate=40000000,noetag,a");
  unsure.start_with(1'000'000);
  expect_whole(unsure);
  EXPECT_EQ(Server::get().served("rate=40000000,noetag,a").back().first_byte, 0u);
  Download sure("rate=40000000,noetag,b");
  sure.request.sha256 = Server::get().model_sha256;
  sure.start_with(1'000'000);
  expect_whole(sure);
  EXPECT_EQ(Server::get().served("rate=40000000,noetag,b").back().first_byte, 1'000'000u);
}

TEST(FetchFile, DamageOfThePartialFileIsMended) {
  Download download("rate=40000000,c");
  download.request.sha256 = Server::get().model_sha256;
  download.start_with(1'000'000);
  std::fstream(download.request.path, std::ios::in | std::ios::out | std::ios::binary).seekp(5000) << "damage";
  expect_whole(download);
  EXPECT_EQ(download.retries.size(), 1u);
}

TEST(FetchFile, UnknownLengths) {
  Download known("nolength,a");
  expect_whole(known);
  Download unknown("nolength,b");
  unknown.request.exact_bytes = 0;
  expect_whole(unknown);
}

TEST(FetchFile, WrongContentIsRefused) {
  Download garbage("garbage");
  garbage.request.sha256 = Server::get().model_sha256;
  EXPECT_NE(failure(garbage, ErrorCode::kBadFile).find("sha256"), std::string::npos);
  EXPECT_EQ(garbage.size(), 0u);
  Download linked("linked");
  linked.request.url = Server::get().model_url("redirect=1,garbage,linked=" + Server::get().model_sha256);
  EXPECT_NE(failure(linked, ErrorCode::kBadFile).find("sha256"), std::string::npos);
  Download other("other");
  other.request.exact_bytes = 0;
  EXPECT_NE(failure(other, ErrorCode::kBadFile).find("first bytes"), std::string::npos);
  Download page("html");
  EXPECT_NE(failure(page, ErrorCode::kBadFile).find("web page"), std::string::npos);
}

TEST(FetchFile, APageInBetweenCostsNothing) {
  Download download("rate=40000000,d");
  download.start_with(1'000'000);
  FetchRequest login = download.request;
  login.url = Server::get().model_url("html");
  std::string state = test::read_text(download.request.path + ".json");
  // The same address answers with a page, as behind a hotel's network.
  download.request.url = Server::get().model_url("html,d");
  for (std::size_t at = state.find("rate=40000000,d"); at != std::string::npos; at = std::string::npos) {
    state.replace(at, std::string("rate=40000000,d").size(), "html,d");
  }
  test::write_text(download.request.path + ".json", state);
  failure(download, ErrorCode::kBadFile);
  EXPECT_EQ(download.size(), 1'000'000u);
}

TEST(FetchFile, SizesAreBounded) {
  Download other("plain");
  other.request.exact_bytes = other.request.max_bytes = 1000;
  EXPECT_NE(failure(other, ErrorCode::kBadFile).find("expected 1000"), std::string::npos);
  Download large("plain");
  large.request.exact_bytes = 0;
  large.request.max_bytes = 1000;
  EXPECT_NE(failure(large, ErrorCode::kBadFile).find("at most 1000"), std::string::npos);
  Download endless("nolength,c");
  endless.request.exact_bytes = 0;
  endless.request.max_bytes = 100'000;
  EXPECT_NE(failure(endless, ErrorCode::kBadFile).find("more than 100000"), std::string::npos);
  EXPECT_LE(endless.size(), 100'000u);
}

TEST(FetchFile, WhatTheServerRefuses) {
  Download missing("plain");
  missing.request.url = Server::get().url("plain", "files/absent.gguf");
  failure(missing, ErrorCode::kNotFound);
  Download gated("status=401");
  EXPECT_NE(failure(gated, ErrorCode::kIo).find("account"), std::string::npos);
  EXPECT_TRUE(gated.retries.empty());
}

TEST(FetchFile, AFullDiskIsSaid) {
  Download download("plain");
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit tight{.rlim_cur = 500'000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string message = failure(download, ErrorCode::kIo);
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_NE(message.find(download.request.path), std::string::npos) << message;
  expect_whole(download);
}

TEST(FetchFile, ALinkInItsPlaceIsNotFollowed) {
  Download download("plain");
  std::string precious = download.folder.file("precious");
  test::write_text(precious, "precious");
  std::filesystem::create_symlink(precious, download.request.path);
  failure(download, ErrorCode::kIo);
  EXPECT_EQ(test::read_text(precious), "precious");
}

}  // namespace
}  // namespace sotto::catalog
