// Attention over int8 keys and values in plain C++: the reference that the others are compared with.
#include "kernels/attention.inc"

namespace sotto::kernels {
namespace {

struct Products : LaneSoftmax {
  template <int kRows>
  static void score(const Int8Span& span, ChunkRange seen, const Int8Queries& queries, int first,
                    SpanRow* rows) noexcept {
    const int d = queries.head_dim;
    for (int r = 0; r < kRows; ++r) {
      const std::int8_t* q = queries.values + (first + r) * d;
      for (int p = seen.first * kKeyChunk; p < seen.last * kKeyChunk; ++p) {
        const std::uint8_t* key = span.chunks[p / kKeyChunk] + p % kKeyChunk * 4;
        std::int32_t sum = -128 * queries.sums[first + r];
        for (int i = 0; i < d; ++i) sum += q[i] * key[i / 4 * 4 * kKeyChunk + i % 4];
        rows[r].products[p] = sum;
      }
    }
  }

  template <int kRows>
  static void weigh(const Int8Span& span, ChunkRange seen, const Int8Queries& queries, int, const SpanRow* rows,
                    float* out) noexcept {
    const int head_dim = queries.head_dim;
    for (int r = 0; r < kRows; ++r) {
      for (int i = 0; i < head_dim; ++i) {
        std::int32_t sum = 0;
        for (int p = seen.first * kKeyChunk; p < seen.last * kKeyChunk; ++p) {
          const std::uint8_t* values = span.chunks[p / kKeyChunk] + kKeyChunk * head_dim;
          const int at = (p % kKeyChunk / 4 * head_dim + i) * 4 + byte_of_position(p);
          sum += rows[r].weights[p] * static_cast<std::int8_t>(values[at]);
        }
        out[r * head_dim + i] = static_cast<float>(sum) * rows[r].weight_scale;
      }
    }
  }
};

}  // namespace

void fill_scalar_attention(Table& table) noexcept { fill_attention<Products>(table); }

}  // namespace sotto::kernels
