// Each kernel of each instruction set on one core: GMAC/s for matrix kernels, with their share of what the level's
// multiply-adds reach in registers ("of_ceiling"), and GB/s of weights for the vector case.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "ceilings/measure.h"
#include "kernels/table.h"

namespace sotto::kernels {
namespace {

constexpr int kRows = 512;

// GMAC/s of one core at a kernels' level; measured when the benchmarks are made.
struct Ceilings {
  double int8, fma;
};

Ceilings ceilings_of(Isa isa) {
  base::ThreadPool one(1);
  const bench::Probes& probes = bench::probes_for(isa);
  return {bench::gmacs(probes.int8_macs, one), bench::gmacs(probes.fma_macs, one)};
}

void count_macs(benchmark::State& state, double macs, double ceiling) {
  const auto rate = benchmark::Counter::kIsIterationInvariantRate;
  state.counters["GMAC/s"] = benchmark::Counter(1e-9 * macs, rate);
  state.counters["of_ceiling"] = benchmark::Counter(1e-9 * macs / ceiling, rate);
}

void matmul(benchmark::State& state, const Table& table, Packing packing, int k, int n_tokens, double ceiling) {
  const int n_panels = kRows / kPanelRows;
  const std::vector<std::uint8_t> panels(n_panels * panel_bytes(packing, k), 0x11);
  std::vector<QuantizedTile> tiles(static_cast<std::size_t>((n_tokens + kTileTokens - 1) / kTileTokens * (k / kBlock)));
  for (QuantizedTile& tile : tiles) std::memset(&tile, 0x3c, sizeof tile);
  alignas(64) static std::uint8_t scratch[kScratchBytes];
  std::vector<float> out(static_cast<std::size_t>(n_tokens * kRows));
  const QuantizedRows x{tiles.data(), k};
  for (auto _ : state) {
    table.matmul[static_cast<int>(packing)]({panels.data()}, n_panels, x, n_tokens, out.data(), kRows, scratch);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_macs(state, static_cast<double>(kRows) * k * n_tokens, ceiling);
  state.counters["GB/s"] =
      benchmark::Counter(1e-9 * static_cast<double>(panels.size()), benchmark::Counter::kIsIterationInvariantRate);
}

void gemm(benchmark::State& state, const Table& table, int m, int n, int k, double ceiling) {
  const std::vector<float> a(static_cast<std::size_t>(m * k), 0.5f), b(static_cast<std::size_t>(k * n), 0.25f);
  std::vector<float> c(static_cast<std::size_t>(m * n));
  for (auto _ : state) {
    table.gemm(a.data(), k, b.data(), n, c.data(), n, m, n, k);
    benchmark::DoNotOptimize(c.data());
    benchmark::ClobberMemory();
  }
  count_macs(state, static_cast<double>(m) * n * k, ceiling);
}

// f takes a buffer of `n` floats; counted by the bytes of one such buffer.
template <class F>
void elementwise(benchmark::State& state, int n, F f) {
  std::vector<float> x(static_cast<std::size_t>(n), 0.5f);
  for (auto _ : state) {
    f(x.data());
    benchmark::DoNotOptimize(x.data());
    benchmark::ClobberMemory();
  }
  state.counters["GB/s"] = benchmark::Counter(4e-9 * n, benchmark::Counter::kIsIterationInvariantRate);
}

void register_elementwise(const Table& table, const std::string& name) {
  constexpr int kN = 2048;
  static std::vector<float> other(kN, 0.5f);
  static std::vector<QuantizedTile> tiles(kN / kBlock);
  static std::vector<std::uint16_t> halves(kN);
  const auto add = [&](const char* what, auto f) {
    benchmark::RegisterBenchmark((name + what).c_str(), [f](benchmark::State& s) { elementwise(s, kN, f); });
  };
  const Table* t = &table;
  add("quantize", [t](float* x) { t->quantize(x, kN / kBlock, tiles.data(), 0); });
  add("hadamard", [t](float* x) {
    for (int i = 0; i < kN; i += 64) t->hadamard(x + i, 64);
  });
  add("quantize_head", [t](float* x) {
    std::int8_t values[64];
    for (int i = 0; i < kN; i += 64) t->quantize_head(x + i, 64, values);
  });
  add("rms_norm", [t](float* x) { t->rms_norm(x, other.data(), x, kN, 1e-5f); });
  add("silu_mul", [t](float* x) { t->silu_mul(x, other.data(), kN); });
  add("sigmoid_mul", [t](float* x) { t->sigmoid_mul(x, other.data(), kN); });
  add("gelu", [t](float* x) { t->gelu(x, kN); });
  add("gelu_mul", [t](float* x) { t->gelu_mul(x, other.data(), kN); });
  add("f16_to_f32", [t](float* x) { t->f16_to_f32(halves.data(), x, kN); });
  add("f32_to_f16", [t](float* x) { t->f32_to_f16(x, halves.data(), kN); });
  add("softmax_chunk", [t](float* x) {
    float max, sum;
    for (int i = 0; i < kN; i += kKeyChunk) t->softmax_chunk(x + i, 0, kKeyChunk, &max, &sum);
  });
}

const int registered = [] {
  if (const char* ignored = ignored_isa()) {
    std::fprintf(stderr, "sotto_microbench: SOTTO_ISA is \"%s\": no level, or one that this processor lacks\n",
                 ignored);
    std::exit(2);
  }
  const char* packings[kPackings] = {"q4_0", "q4_1", "q5_0", "q5_1",   "q8_0",   "q4_k",
                                     "q5_k", "q6_k", "q3_k", "iq4_nl", "iq4_xs", "mxfp4"};
  for (Isa isa : kEveryIsa) {
    const Table* table = table_for(isa);
    if (table == nullptr) continue;
    const Ceilings ceilings = ceilings_of(isa);
    const std::string prefix = std::string(table->isa) + "/";
    for (int p = 0; p < kPackings; ++p) {
      for (int n_tokens : {1, 4, 8, 16, 66}) {
        const std::string name = prefix + "matmul_" + packings[p] + "/tokens:" + std::to_string(n_tokens);
        benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& s) {
          matmul(s, *table, static_cast<Packing>(p), 2048, n_tokens, ceilings.int8);
        });
      }
    }
    benchmark::RegisterBenchmark((prefix + "gemm").c_str(),
                                 [=](benchmark::State& s) { gemm(s, *table, 96, 64, 64, ceilings.fma); });
    register_elementwise(*table, prefix);
  }
  return 0;
}();

}  // namespace
}  // namespace sotto::kernels
