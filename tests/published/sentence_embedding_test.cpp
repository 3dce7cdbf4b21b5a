// import_test.py has the ways of pooling; here are the hostile ones.
#include "published/sentence_embedding.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "published/support.h"

namespace sotto::published {
namespace {

class SentenceEmbedding : public testing::Test {
 protected:
  Result<void> pooling() {
    Configuration configuration;
    configuration.family = find_family("bert");
    configuration.sizes.positions = 40;
    auto dense = write_pooling(folder_.path(), configuration, writer_, notes_);
    return dense ? Result<void>() : forward_error(dense);
  }

  void refused(const std::string& modules, ErrorCode code, const std::string& said) {
    folder_.write("modules.json", modules);
    auto written = pooling();
    ASSERT_FALSE(written) << modules;
    EXPECT_EQ(written.error().code, code) << modules;
    EXPECT_NE(written.error().message.find(said), std::string::npos) << written.error().message;
  }

  test::TemporaryFolder folder_;
  gguf::Writer writer_;
  std::vector<std::string> notes_;
};

TEST_F(SentenceEmbedding, SilenceMeansTheMean) {
  EXPECT_TRUE(pooling());
  EXPECT_TRUE(notes_.empty());
}

TEST_F(SentenceEmbedding, StaysWithinTheFolder) {
  for (const char* path : {"../x", "/etc", "..", "", "a/b"}) {
    refused(std::string(R"([{"type": "m.Pooling", "path": ")") + path + "\"}]", ErrorCode::kBadFile, "path");
  }
  refused(R"([{"type": "m.Pooling"}])", ErrorCode::kBadFile, "path");
}

TEST_F(SentenceEmbedding, RefusesOtherModules) {
  refused(R"([{"type": "m.Dense", "path": "2"}])", ErrorCode::kUnsupported, "m.Dense");
  refused(R"([7])", ErrorCode::kUnsupported, "modules.json");
  refused(R"({})", ErrorCode::kBadFile, "expected a JSON list");
  refused(R"([{"type": "m.Pooling", "path": "1"}])", ErrorCode::kNotFound, "1/config.json");
}

}  // namespace
}  // namespace sotto::published
