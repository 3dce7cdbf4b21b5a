#include "model/short_conv.h"

#include <algorithm>

namespace sotto::model {
namespace {

// out [width] *= the convolution at the last of `rows` [n_taps, width]; kernel likewise.
void multiply_by_conv(const float* rows, const float* kernel, int n_taps, int width, float* out) {
  constexpr int kPiece = 64;
  for (int first = 0; first < width; first += kPiece) {
    const int n = std::min(kPiece, width - first);
    float sum[kPiece] = {};
    for (int j = 0; j < n_taps; ++j) {
      const float* row = rows + j * width + first;
      const float* taps = kernel + j * width + first;
      for (int i = 0; i < n; ++i) sum[i] += taps[i] * row[i];
    }
    for (int i = 0; i < n; ++i) out[first + i] *= sum[i];
  }
}

}  // namespace

ShortConv::ShortConv(const DecoderSpec& spec)
    : width_(spec.model_dim), conv_tokens_(spec.conv_tokens), rows_(RecurrentCache::shape_of(spec)) {}

void ShortConv::begin(const RecurrentCache::Plan& plan) {
  plan_ = plan;
  rows_.begin(plan);
  grow(gated_, plan.n_tokens, width_, 0);
}

void ShortConv::enter(Lane& lane, const LayerWeights& weights, const RecurrentCache::Layer& kept) {
  if (lane.first == 0) rows_.load(kept.rows);
  grow(lane.gate, lane.n_tokens, 3 * width_);
  ops::multiply(lane.x, weights.mix_in, lane.gate.data(), lane.pool);
  for (int t = 0; t < lane.n_tokens; ++t) {
    const float* b = lane.gate.data() + t * 3 * width_;
    const float *c = b + width_, *x = c + width_;
    float* row = rows_.of_token(lane.first + t);
    for (int i = 0; i < width_; ++i) row[i] = b[i] * x[i];
    std::copy_n(c, width_, gated_.data() + (lane.first + t) * width_);
  }
}

void ShortConv::mix(const LayerWeights& weights, const RecurrentCache::Layer& kept, base::ThreadPool& pool) {
  constexpr int kTokens = 32;
  pool.run((plan_.n_tokens + kTokens - 1) / kTokens, [&](int task, int) {
    if (task == 0) rows_.store(kept, 0);
    for (int t = task * kTokens; t < std::min((task + 1) * kTokens, plan_.n_tokens); ++t) {
      multiply_by_conv(rows_.seen_by(plan_.n_pending + t), weights.conv.data(), conv_tokens_, width_,
                       gated_.data() + t * width_);
    }
  });
}

void ShortConv::leave(Lane& lane, const LayerWeights&) {
  quantize(lane, gated_.data() + lane.first * width_, lane.n_tokens, width_);
}

}  // namespace sotto::model
