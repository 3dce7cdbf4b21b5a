#include "ops/full_attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kKeyChunk;

constexpr int kScoreRows = 48;  // tokens whose scores are there at a time

// scores [n_seen in whole chunks]: the first n_seen become shares that sum to 1, the others 0.
void full_softmax(float* scores, int n_seen) {
  const kernels::Table& table = kernels::table();
  const auto n_chunks = static_cast<std::size_t>((n_seen + kKeyChunk - 1) / kKeyChunk);
  thread_local std::vector<float> greatest, sums;
  greatest.resize(n_chunks);
  sums.resize(n_chunks);
  for (std::size_t c = 0; c < n_chunks; ++c) {
    const int first = static_cast<int>(c) * kKeyChunk;
    table.softmax_chunk(scores + first, 0, std::min(n_seen - first, kKeyChunk), &greatest[c], &sums[c]);
  }
  const float top = *std::max_element(greatest.begin(), greatest.end());
  float total = 0;
  for (std::size_t c = 0; c < n_chunks; ++c) total += sums[c] * std::exp(greatest[c] - top);
  for (std::size_t c = 0; c < n_chunks; ++c) {
    const float factor = std::exp(greatest[c] - top) / total;
    float* chunk = scores + c * kKeyChunk;
    for (int i = 0; i < kKeyChunk; ++i) chunk[i] *= factor;
  }
}

}  // namespace

void FullAttention::run(const AttentionShape& shape, int head, int n_tokens, const float* q, const float* k,
                        const float* v, float* out) {
  const kernels::Table& table = kernels::table();
  const int d = shape.head_dim, width = shape.n_heads * d;
  const int n_columns = (n_tokens + kKeyChunk - 1) / kKeyChunk * kKeyChunk;
  const auto at = [&](int token) { return std::int64_t{token} * width + std::int64_t{head} * d; };
  keys_.assign(static_cast<std::size_t>(d) * static_cast<std::size_t>(n_columns), 0.0f);
  for (int t = 0; t < n_tokens; ++t) {
    const float* key = k + at(t);
    for (int i = 0; i < d; ++i) keys_[static_cast<std::size_t>(std::int64_t{i} * n_columns + t)] = key[i] * shape.scale;
  }
  scores_.resize(static_cast<std::size_t>(kScoreRows) * static_cast<std::size_t>(n_columns));
  for (int first = 0; first < n_tokens; first += kScoreRows) {
    const int n_rows = std::min(kScoreRows, n_tokens - first);
    table.gemm(q + at(first), width, keys_.data(), n_columns, scores_.data(), n_columns, n_rows, n_columns, d);
    for (int r = 0; r < n_rows; ++r) full_softmax(scores_.data() + std::int64_t{r} * n_columns, n_tokens);
    table.gemm(scores_.data(), n_columns, v + at(0), width, out + at(first), width, n_rows, d, n_tokens);
  }
}

}  // namespace sotto::ops
