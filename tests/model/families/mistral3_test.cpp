#include <gtest/gtest.h>

#include <cmath>

#include "spec_file.h"

namespace sotto::model {
namespace {

TEST(Mistral3, QueriesGrowByAStepForEachOriginalContext) {
  SpecFile file("mistral3");
  file.set("rope.scaling.type", std::string_view("yarn"));
  file.set("rope.scaling.factor", 16.0f);
  file.set("rope.scaling.original_context_length", 100u);
  file.set("rope.scaling.yarn_log_multiplier", 1.0f);
  file.set("attention.temperature_scale", 0.1f);
  const auto spec = read_spec(file.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_FLOAT_EQ(spec->rope.magnitude, 1);
  EXPECT_EQ(spec->rope_pairing, RopePairing::kInterleaved);
  EXPECT_EQ(spec->query_scale(99), 1);
  EXPECT_FLOAT_EQ(spec->query_scale(100), 1 + 0.1f * std::log(2.0f));
  EXPECT_FLOAT_EQ(spec->query_scale(350), 1 + 0.1f * std::log(4.0f));

  file.set("attention.temperature_length", 50u);
  EXPECT_FLOAT_EQ(read_spec(file.file())->query_scale(99), 1 + 0.1f * std::log(2.0f));
}

// Mistral Small 3.1 says nothing of growth.
TEST(Mistral3, QueriesStayAsTheyAreWithoutAKey) {
  SpecFile file("mistral3");
  const auto spec = read_spec(file.file());
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->query_scale(1 << 20), 1);
  EXPECT_EQ(spec->window, 0);
}

TEST(Mistral3, RefusesStepsOfNothing) {
  SpecFile file("mistral3");
  file.set("attention.temperature_length", 0u);
  expect_spec_refused(file, read_spec, {"mistral3.attention.temperature_length: 0, expected 1"});
  SpecFile shrinking("mistral3");
  shrinking.set("attention.temperature_scale", -0.1f);
  expect_spec_refused(shrinking, read_spec, {"temperature_scale: -0.1"});
}

}  // namespace
}  // namespace sotto::model
