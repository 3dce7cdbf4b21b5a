#include "api/ollama/library.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/ollama/shapes.h"

namespace sotto::api::ollama {
namespace {

TEST(Library, DamagedFilesAreNotListed) {
  FakeService fake;
  const Json tags_json = Json::parse(call_with(shape(), *fake.service, tags, "").body);
  EXPECT_EQ(tags_json, Json::parse(R"({"models": []})"));
  EXPECT_EQ(call_with(shape(), *fake.service, show, R"({"model": "fake"})").status, 500);
  EXPECT_EQ(call_with(shape(), *fake.service, show, R"({"name": "nobody"})").status, 404);
  EXPECT_EQ(call_with(shape(), *fake.service, show, R"({"name": "../fake"})").status, 400);
}

TEST(Library, LoadedModelsHaveAnEnd) {
  FakeService fake;
  double load_ms = 0;
  ASSERT_FALSE(fake.service->preload("fake", kForever, nullptr, load_ms));
  const Json json = Json::parse(call_with(shape(), *fake.service, ps, "").body);
  ASSERT_EQ(json["models"].size(), 1u);
  EXPECT_EQ(json["models"][0]["name"], "fake:latest");
  EXPECT_EQ(json["models"][0]["expires_at"], "9999-12-31T23:59:59.000000000Z");
  EXPECT_EQ(json["models"][0]["context_length"], 1000);
}

}  // namespace
}  // namespace sotto::api::ollama
