#include "ops/full_attention.h"

#include <algorithm>
#include <cmath>

#include "kernels/table.h"

namespace sotto::ops {
namespace {

using kernels::kKeyChunk;

constexpr int kScoreRows = 48;  // tokens whose scores are there at a time

// scores [n_columns]: those of [first, last) become shares that sum to 1, the others 0.
void full_softmax(float* scores, int n_columns, int first, int last) {
  const kernels::Table& table = kernels::table();
  const auto n_chunks = static_cast<std::size_t>(n_columns / kKeyChunk);
  thread_local std::vector<float> greatest, sums;
  greatest.assign(n_chunks, -INFINITY);
  sums.assign(n_chunks, 0.0f);
  const auto within = [](int column, std::size_t chunk) {
    return std::clamp(column - static_cast<int>(chunk) * kKeyChunk, 0, kKeyChunk);
  };
  for (std::size_t c = 0; c < n_chunks; ++c) {
    float* chunk = scores + c * kKeyChunk;
    if (within(first, c) < within(last, c)) {
      table.softmax_chunk(chunk, within(first, c), within(last, c), &greatest[c], &sums[c]);
    } else {
      std::fill_n(chunk, kKeyChunk, 0.0f);
    }
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

void FullAttention::run(const AttentionShape& shape, int head, int n_tokens, int reach, const float* q, const float* k,
                        const float* v, float* out) {
  const kernels::Table& table = kernels::table();
  const int d = shape.head_dim, width = shape.n_heads * d, kv_width = shape.n_kv_heads * d;
  const int kv_head = head / (shape.n_heads / shape.n_kv_heads);
  const int n_columns = (n_tokens + kKeyChunk - 1) / kKeyChunk * kKeyChunk;
  const auto at = [&](int token) { return std::int64_t{token} * width + std::int64_t{head} * d; };
  const auto kv_at = [&](int token) { return std::int64_t{token} * kv_width + std::int64_t{kv_head} * d; };
  keys_.assign(static_cast<std::size_t>(d) * static_cast<std::size_t>(n_columns), 0.0f);
  for (int t = 0; t < n_tokens; ++t) {
    const float* key = k + kv_at(t);
    for (int i = 0; i < d; ++i) keys_[static_cast<std::size_t>(std::int64_t{i} * n_columns + t)] = key[i] * shape.scale;
  }
  scores_.resize(static_cast<std::size_t>(kScoreRows) * static_cast<std::size_t>(n_columns));
  for (int first = 0; first < n_tokens; first += kScoreRows) {
    const int n_rows = std::min(kScoreRows, n_tokens - first);
    // What some of these tokens see, in whole chunks.
    const int from = reach == 0 ? 0 : std::max(0, first - reach) / kKeyChunk * kKeyChunk;
    const int to = reach == 0 ? n_tokens : std::min(n_tokens, first + n_rows + reach);
    const int n_seen = (to - from + kKeyChunk - 1) / kKeyChunk * kKeyChunk;
    table.gemm(q + at(first), width, keys_.data() + from, n_columns, scores_.data(), n_columns, n_rows, n_seen, d);
    for (int r = 0; r < n_rows; ++r) {
      const int begin = reach == 0 ? 0 : std::max(0, first + r - reach);
      const int end = reach == 0 ? n_tokens : std::min(n_tokens, first + r + reach + 1);
      full_softmax(scores_.data() + std::int64_t{r} * n_columns, n_seen, begin - from, end - from);
    }
    table.gemm(scores_.data(), n_columns, v + kv_at(from), kv_width, out + at(first), width, n_rows, d, to - from);
  }
}

}  // namespace sotto::ops
