// What the keys of rotation mean, as llama.cpp reads them.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "spec_file.h"

namespace sotto::model {
namespace {

using Numbers = std::map<std::string, float>;

SpecFile scaled(const char* type, const Numbers& numbers) {
  SpecFile file("llama");
  if (type != nullptr) file.set("rope.scaling.type", std::string_view(type));
  for (const auto& [key, number] : numbers) file.set("rope." + key, number);
  return file;
}

ops::Rope rope_of(const char* type, const Numbers& numbers) {
  SpecFile file = scaled(type, numbers);
  const auto spec = read_spec(file.file());
  EXPECT_TRUE(spec) << spec.error().message;
  return spec ? spec->rope : ops::Rope{};
}

TEST(RopeMetadata, AFactorWithoutATypeIsLinear) {
  for (const char* key : {"scaling.factor", "scale_linear"}) {
    const ops::Rope rope = rope_of(nullptr, {{key, 4.0f}});
    EXPECT_EQ(rope.scaling, ops::RopeScaling::kLinear) << key;
    EXPECT_EQ(rope.factor, 4.0f) << key;
  }
  EXPECT_EQ(rope_of(nullptr, {{"scaling.factor", 2.0f}, {"scale_linear", 4.0f}}).factor, 2.0f);
  EXPECT_EQ(rope_of("linear", {}).factor, 1.0f);
  EXPECT_EQ(rope_of("linear", {{"scaling.factor", 0.0f}}).factor, 1.0f);
  EXPECT_EQ(rope_of("none", {{"scaling.factor", 4.0f}}).scaling, ops::RopeScaling::kNone);
  EXPECT_EQ(rope_of(nullptr, {}).scaling, ops::RopeScaling::kNone);
}

// 2309.00071, section 3.4, and what multiplies it.
TEST(RopeMetadata, MagnitudeOfYarn) {
  const float usual = 1 + 0.1f * std::log(8.0f), of_half = 1 + 0.05f * std::log(8.0f);
  const std::pair<std::string, float> factor{"scaling.factor", 8.0f};
  EXPECT_FLOAT_EQ(rope_of("yarn", {factor}).magnitude, usual);
  EXPECT_FLOAT_EQ(rope_of("yarn", {factor, {"scaling.attn_factor", 0.5f}}).magnitude, 0.5f * usual);
  EXPECT_FLOAT_EQ(rope_of("yarn", {factor, {"scaling.yarn_log_multiplier", 1.0f}}).magnitude, 1);
  EXPECT_FLOAT_EQ(rope_of("yarn", {factor, {"scaling.yarn_log_multiplier", 0.5f}}).magnitude, usual / of_half);
  EXPECT_FLOAT_EQ(rope_of("yarn", {{"scaling.factor", 0.5f}}).magnitude, 1) << "a shorter context raises nothing";
}

TEST(RopeMetadata, KeysOfYarnThatSayNothingNew) {
  const std::pair<std::string, float> factor{"scaling.factor", 8.0f};
  const float usual = rope_of("yarn", {factor}).magnitude;
  for (const auto& [key, number] : {std::pair{"scaling.yarn_ext_factor", 1.0f},
                                    {"scaling.yarn_ext_factor", -1.0f},
                                    {"scaling.yarn_attn_factor", 1.0f},
                                    {"scaling.yarn_attn_factor", usual}}) {
    EXPECT_FLOAT_EQ(rope_of("yarn", {factor, {key, number}}).magnitude, usual) << key;
  }
}

TEST(RopeMetadata, WhatWouldChangeYarnIsRefused) {
  for (const auto& [key, number] : {std::pair{"scaling.yarn_ext_factor", 0.5f}, {"scaling.yarn_attn_factor", 1.3f}}) {
    SpecFile file = scaled("yarn", {{"scaling.factor", 8.0f}, {key, number}});
    expect_spec_refused(file, read_spec, {"llama.rope.scaling.yarn_", "is not supported", "this version knows 1"});
  }
  SpecFile none = scaled("yarn", {});
  expect_spec_refused(none, read_spec, {"llama.rope.scaling.factor: missing"});
  SpecFile negative = scaled("yarn", {{"scaling.factor", 8.0f}, {"scaling.yarn_log_multiplier", -1.0f}});
  expect_spec_refused(negative, read_spec, {"yarn_log_multiplier: -1"});
  SpecFile unknown = scaled("su", {});
  expect_spec_refused(unknown, read_spec, {"\"su\" is not supported", "yarn"});
}

}  // namespace
}  // namespace sotto::model
