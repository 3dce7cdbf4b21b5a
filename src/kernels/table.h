// The kernels' function table: one entry an operation, filled per instruction set. Pointers are to validated data;
// nothing here allocates, throws or knows of threads.
//
// Functions that are defined in these headers are static or stand in an anonymous namespace: otherwise each file that
// includes them may define the same weak symbol, each compiled for its own instruction set, and the linker could keep
// one that the processor lacks the instructions for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/attention.h"
#include "kernels/head.h"
#include "kernels/layout.h"

namespace sotto::kernels {

// out[t][r] = sum over k of weight[r][k] * x[t][k] for 16 * n_panels rows r and n_tokens tokens t; of sparse x, the sum
// is added to out.
// out: f32, row t begins at out + t * out_stride; scratch: kScratchBytes, 64-aligned. A result does not depend on how
// rows and tokens are split over calls, nor on whether the panels are whole.
using MatmulFn = void (*)(const Panels& panels, std::int64_t n_panels, const QuantizedRows& x, std::int64_t n_tokens,
                          float* out, std::int64_t out_stride, std::uint8_t* scratch) noexcept;

// For 16 * n_panels rows r: estimates[r] is the product of row r and x with the mean in place of the fine plane's bits,
// deviations[r] the standard deviation of what that misses, were those bits independent (kernels/head.h); a NaN in the
// weights or in x makes an estimate NaN. panels: n_panels * coarse_panel_bytes(packing, k).
using CoarseFn = void (*)(const std::uint8_t* panels, std::int64_t n_panels, const CoarseInput& x, float* estimates,
                          float* deviations) noexcept;

// Tokens of one head of the gated delta rule, f32: queries of length 1 / sqrt(key_dim), keys of length 1.
struct DeltaTokens {
  const float *q, *k;         // [n_tokens, key_dim]
  const float* v;             // [n_tokens, value_dim]
  const float *decay, *beta;  // those of token t at [t * step_stride]
  std::int64_t step_stride;
};

struct Table {
  const char* isa;

  MatmulFn matmul[kPackings];
  CoarseFn coarse[kPackings];  // nullptr unless has_planes()

  // x [n_blocks, 32] f32, one token's -> the values, scale, sum and starts of token `t` of tiles [n_blocks] (see
  // QuantizedTile). A block whose magnitudes are all below 1e-30 becomes 0. One with an infinity or NaN gets NaN as its
  // scale and sum, and values 0, so that every product with it is NaN and is found at the end.
  void (*quantize)(const float* x, std::int64_t n_blocks, QuantizedTile* tiles, int t) noexcept;

  // c [m, n] = a [m, k] · b [k, n], all f32, row-major with the given strides; n a multiple of 16. Each element is
  // summed in the order of k, whatever m and n are.
  void (*gemm)(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, float* c,
               std::int64_t c_stride, std::int64_t m, std::int64_t n, std::int64_t k) noexcept;

  // x [n] f16 -> out [n] f32, exact.
  void (*f16_to_f32)(const std::uint16_t* x, float* out, std::int64_t n) noexcept;
  // x [n] f32 -> out [n] f16, to nearest, ties to even; what is too great becomes infinity, and a NaN stays one.
  void (*f32_to_f16)(const float* x, std::uint16_t* out, std::int64_t n) noexcept;

  // out[i] = x[i] / sqrt(mean(x²) + epsilon) * weight[i] (Zhang and Sennrich, 1910.07467). out may be x.
  void (*rms_norm)(const float* x, const float* weight, float* out, std::int64_t n, float epsilon) noexcept;

  // x [n]: becomes cap * tanh(x / cap) (Bello et al., 1611.09940); cap above 0. An infinity becomes the cap.
  void (*cap)(float* x, std::int64_t n, float cap) noexcept;

  // scores [kKeyChunk]: becomes exp(score - max) over [first, last) and 0 elsewhere; max and sum of those.
  void (*softmax_chunk)(float* scores, int first, int last, float* max, float* sum) noexcept;

  // Each block of hadamard_block(n) values of x [n] f32 becomes its Hadamard transform, not normalized; n a multiple
  // of 16.
  void (*hadamard)(float* x, int n) noexcept;

  // x [n] f32 -> values [n] int8, and their scale, a bf16: x = scale * value; n a multiple of 16. A row below 1e-30
  // becomes 0. One with an infinity or NaN gets an infinite scale and values 0, so that what is computed of it is no
  // number.
  std::uint16_t (*quantize_head)(const float* x, int n, std::int8_t* values) noexcept;

  // The queries' attention to a span (kernels/attention.h). A row does not depend on the others.
  void (*attend_int8)(const Int8Span& span, const Int8Queries& queries, const Partial& out) noexcept;

  // Adds the positions of `part`, [n_rows, head_dim], to `total`. head_dim a multiple of 16.
  void (*merge_partial)(const Partial& total, const Partial& part, int n_rows, int head_dim) noexcept;

  // gate [n], up [n], f32: gate[i] = activation(gate[i]) * up[i] with f32 arithmetic throughout, exp to 2 ulp.
  void (*silu_mul)(float* gate, const float* up, std::int64_t n) noexcept;
  void (*gelu_mul)(float* gate, const float* up, std::int64_t n) noexcept;  // tanh form (Hendrycks, 1606.08415)

  // x[i] becomes x[i] * sigmoid(gate[i]), n of them.
  void (*sigmoid_mul)(float* x, const float* gate, std::int64_t n) noexcept;

  // For one token after another state = decay * state + k ⊗ beta (v - decay * stateᵀ k), then out = stateᵀ q (Yang et
  // al., 2412.06464). state: value_dim columns of key_dim values, in blocks of 32 columns, [key_dim, 32] each, and
  // where value_dim is no multiple of 32 a last one of 16. out: [n_tokens, value_dim] f32. value_dim a multiple of 16.
  // A result does not depend on how tokens are split over calls.
  void (*delta_rule)(const DeltaTokens& x, int key_dim, int value_dim, int n_tokens, float* state, float* out) noexcept;

  // x [n]: becomes x Φ(x), GELU in its exact form (Hendrycks, 1606.08415), to 3e-7 |x|.
  void (*gelu)(float* x, std::int64_t n) noexcept;
};

// Each fills a level's whole table; what a level does not do better is that of the one it builds on.
void fill_scalar(Table& table) noexcept;
#if defined(__x86_64__)
void fill_avx2(Table& table) noexcept;         // needs AVX2, FMA, F16C, BMI2
void fill_avx_vnni(Table& table) noexcept;     // on AVX2: needs AVX-VNNI besides
void fill_avx512_vnni(Table& table) noexcept;  // on AVX2: needs AVX-512 F, BW, VL, DQ and VNNI besides
#elif defined(__aarch64__)
void fill_neon_dotprod(Table& table) noexcept;  // needs the dot product of ARMv8.2
void fill_neon_i8mm(Table& table) noexcept;     // on NEON with the dot product: needs the int8 matrix product besides
#endif

enum class Isa { kScalar, kAvx2, kAvxVnni, kAvx512Vnni, kNeonDotprod, kNeonI8mm };
static constexpr Isa kEveryIsa[] = {Isa::kScalar,     Isa::kAvx2,        Isa::kAvxVnni,
                                    Isa::kAvx512Vnni, Isa::kNeonDotprod, Isa::kNeonI8mm};
inline constexpr int kIsas = sizeof kEveryIsa / sizeof(Isa);

struct IsaChoice {
  Isa isa;
  const char* ignored;  // what was asked for in vain: no level, or one that this processor lacks; else nullptr
};

// The level `wanted` (scalar, avx2, avx_vnni, avx512_vnni, neon_dotprod, neon_i8mm), or the best that this processor
// has where it is nullptr, empty or in vain.
IsaChoice choose_isa(const char* wanted) noexcept;

// The table of choose_isa(SOTTO_ISA), and what that ignored; chosen once.
const Table& table() noexcept;
const char* ignored_isa() noexcept;

// The table of one level; nullptr when the processor lacks it.
const Table* table_for(Isa isa) noexcept;

}  // namespace sotto::kernels
