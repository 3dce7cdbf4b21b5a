#include "api/ollama/manage.h"

#include <gtest/gtest.h>

#include "api/fake.h"
#include "api/ollama/shapes.h"

namespace sotto::api::ollama {
namespace {

void keep_pirate(FakeService& fake) {
  catalog::Assistant assistant;
  assistant.name = "pirate";
  assistant.base = "fake";
  ASSERT_TRUE(fake.service->store().keep(assistant, false));
}

TEST(Manage, CopiesAssistants) {
  FakeService fake;
  keep_pirate(fake);
  EXPECT_EQ(call_with(shape(), *fake.service, copy, R"({"source": "pirate", "destination": "second"})").status, 200);
  EXPECT_TRUE(*fake.service->store().assistant("second"));
  EXPECT_EQ(call_with(shape(), *fake.service, copy, R"({"source": "nobody", "destination": "third"})").status, 404);
  EXPECT_EQ(call_with(shape(), *fake.service, copy, R"({"source": "pirate", "destination": "../third"})").status, 400);
  EXPECT_EQ(call_with(shape(), *fake.service, copy, R"({"source": "pirate"})").status, 400);
}

TEST(Manage, DeletesWhatNobodyNeeds) {
  FakeService fake;
  keep_pirate(fake);
  EXPECT_EQ(call_with(shape(), *fake.service, remove, R"({"model": "fake"})").status, 400);  // the pirate's base
  EXPECT_EQ(call_with(shape(), *fake.service, remove, R"({"model": "pirate"})").status, 200);
  EXPECT_EQ(call_with(shape(), *fake.service, remove, R"({"name": "fake"})").status, 200);
  EXPECT_EQ(call_with(shape(), *fake.service, remove, R"({"name": "fake"})").status, 404);
  EXPECT_EQ(call_with(shape(), *fake.service, remove, R"({"model": "../../x"})").status, 400);
}

TEST(Manage, PullsWhatTheCatalogHas) {
  FakeService fake;
  EXPECT_EQ(call_with(shape(), *fake.service, pull, R"({"model": "no-such-model"})").status, 404);
  EXPECT_EQ(call_with(shape(), *fake.service, pull, R"({"model": "https://example.com/x.gguf"})").status, 400);
  EXPECT_EQ(call_with(shape(), *fake.service, pull, R"({})").status, 400);
}

}  // namespace
}  // namespace sotto::api::ollama
