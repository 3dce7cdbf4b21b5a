#include "api/ollama/blobs.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "api/fake.h"
#include "api/ollama/shapes.h"

namespace sotto::api::ollama {
namespace {

// sha256 of "hello\n", as sha256sum prints it.
constexpr const char* kHello = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

struct TextUpload : http::Upload {
  explicit TextUpload(std::string text) : rest(std::move(text)) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t n = std::min<std::size_t>({buffer.size(), rest.size(), 4});
    std::memcpy(buffer.data(), rest.data(), n);
    rest.erase(0, n);
    return n;
  }
  std::string rest;
};

KeptReply blob_call(FakeService& fake, Outcome (*handle)(Service&, Call&), const std::string& digest,
                    http::Upload* upload) {
  const std::atomic<bool> gone{false};
  http::Request request;
  request.params["digest"] = digest;
  request.upload = upload;
  request.gone = &gone;
  KeptReply reply;
  as_route(shape(), [&](Call& call) { return handle(*fake.service, call); }, [](std::string_view) {})(request, reply);
  return reply;
}

TEST(Blobs, ArriveWholeOrNotAtAll) {
  FakeService fake;
  EXPECT_EQ(blob_call(fake, has_blob, kHello, nullptr).status, 404);
  TextUpload wrong("hello!\n");
  EXPECT_EQ(blob_call(fake, take_blob, kHello, &wrong).status, 400);
  EXPECT_EQ(blob_call(fake, has_blob, kHello, nullptr).status, 404);
  TextUpload right("hello\n");
  EXPECT_EQ(blob_call(fake, take_blob, kHello, &right).status, 201);
  EXPECT_EQ(blob_call(fake, has_blob, kHello, nullptr).status, 200);
  std::size_t n_files = 0;
  for (const auto& file : std::filesystem::directory_iterator(fake.folder.file(".blobs")))
    n_files += file.is_regular_file();
  EXPECT_EQ(n_files, 1u);
}

TEST(Blobs, DigestsCannotLeadElsewhere) {
  FakeService fake;
  const std::string hex(64, 'a');
  for (const std::string& digest :
       {std::string("../../etc/passwd"), "sha256:" + hex + "/x", "sha256:../" + hex.substr(3),
        "sha256:" + hex.substr(1), "sha256:" + std::string(64, 'A'), hex, std::string(), "sha1:" + hex,
        "sha256:" + hex.substr(1) + "/"}) {
    EXPECT_FALSE(blob_path("/models", digest)) << digest;
    TextUpload upload("hello\n");
    EXPECT_EQ(blob_call(fake, take_blob, digest, &upload).status, 400) << digest;
  }
  EXPECT_EQ(*blob_path("/models", "sha256:" + hex), "/models/.blobs/sha256-" + hex);
  EXPECT_EQ(*blob_path("/models", "sha256-" + hex), "/models/.blobs/sha256-" + hex);
}

}  // namespace
}  // namespace sotto::api::ollama
