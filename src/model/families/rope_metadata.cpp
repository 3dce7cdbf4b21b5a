// The metadata keys of rotation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "model/families/metadata.h"

namespace sotto::model {
namespace {

constexpr std::string_view kType = "rope.scaling.type", kFactor = "rope.scaling.factor";
constexpr std::string_view kOldFactor = "rope.scale_linear";  // before files said the type

// How much longer contexts raise what is rotated (2309.00071, section 3.4), times `weight`.
float yarn_magnitude(float factor, float weight) { return 1.0f + 0.1f * weight * std::log(std::max(1.0f, factor)); }

}  // namespace

ops::RopeScaling Metadata::rope_scaling() {
  constexpr std::pair<std::string_view, ops::RopeScaling> kKinds[] = {{"none", ops::RopeScaling::kNone},
                                                                      {"linear", ops::RopeScaling::kLinear},
                                                                      {"dynamic", ops::RopeScaling::kDynamic},
                                                                      {"yarn", ops::RopeScaling::kYarn},
                                                                      {"longrope", ops::RopeScaling::kLong}};
  const char* unsaid = has_tensor("rope_factors_long.weight") ? "longrope"
                       : has(kFactor) || has(kOldFactor)      ? "linear"
                                                              : "none";
  const std::string found = text(kType, unsaid);
  std::string known;
  for (const auto& [name, kind] : kKinds) {
    if (name == found) return kind;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  fail(full(kType), fmt::format("\"{}\" is not supported; this version knows {}", found, known),
       ErrorCode::kUnsupported);
  return ops::RopeScaling::kNone;
}

float Metadata::rope_factor(ops::RopeScaling scaling) {
  if (scaling == ops::RopeScaling::kLong) return 1.0f;  // it has tensors
  const std::string_view key = !has(kFactor) && has(kOldFactor) ? kOldFactor : kFactor;
  if (scaling != ops::RopeScaling::kLinear) return positive(key);
  const float factor = not_negative(key, 1.0f);
  return factor == 0 ? 1.0f : factor;
}

void Metadata::expect_number(std::string_view key, std::initializer_list<float> known) {
  constexpr float kRounding = 1e-4f;
  const auto found = file_.number(full(key));
  if (!found) return fail(full(key), found.error().message);
  const auto value = static_cast<float>(found->value_or(*known.begin()));
  if (std::ranges::any_of(known, [&](float one) { return std::abs(value - one) < kRounding; })) return;
  fail(full(key), fmt::format("{} is not supported; this version knows {}", value, fmt::join(known, " and ")),
       ErrorCode::kUnsupported);
}

// What is rotated is multiplied by the usual magnitude, over that of the multiplier, where there is one.
void Metadata::read_yarn(ops::Rope& rope) {
  constexpr float kUnset = -1.0f;
  const float usual = yarn_magnitude(rope.factor, 1.0f);
  rope.magnitude *= usual / yarn_magnitude(rope.factor, not_negative("rope.scaling.yarn_log_multiplier", 0.0f));
  rope.beta_fast = positive("rope.scaling.yarn_beta_fast", rope.beta_fast);
  rope.beta_slow = positive("rope.scaling.yarn_beta_slow", rope.beta_slow);
  expect_number("rope.scaling.yarn_ext_factor", {1.0f, kUnset});
  // Some converters write the whole magnitude, which programs then compute by themselves.
  expect_number("rope.scaling.yarn_attn_factor", {1.0f, usual});
}

ops::Rope Metadata::rope(int train_ctx_tokens) {
  ops::Rope rope;
  rope.theta = positive("rope.freq_base", 10000.0f);
  rope.scaling = rope_scaling();
  if (rope.scaling == ops::RopeScaling::kNone) return rope;
  rope.factor = rope_factor(rope.scaling);
  rope.original_ctx_tokens = integer("rope.scaling.original_context_length", 1, 1 << 30, train_ctx_tokens);
  const bool yarn = rope.scaling == ops::RopeScaling::kYarn;
  if (yarn || rope.scaling == ops::RopeScaling::kLong) rope.magnitude = positive("rope.scaling.attn_factor", 1.0f);
  if (yarn) read_yarn(rope);
  return rope;
}

}  // namespace sotto::model
