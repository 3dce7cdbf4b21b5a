// Measures what the machine can do at most, in turns with what is compared with it.
//
//   sotto_ceilings [THREADS]
//
// The first line it prints names the instructions. Each line "BYTES" on standard input is answered with one of JSON:
// multiply-adds of f32 and of bytes (GMAC/s), and memory read (GB/s) from a buffer far larger than any cache and from
// one of BYTES, the size of a model, which may lie in a shared last cache; each by one thread ("_core") and by all.
// SOTTO_ISA chooses the instruction set as it does for the kernels.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "base/aligned_buffer.h"
#include "ceilings/measure.h"

namespace {

using sotto::base::ThreadPool;
using sotto::bench::best_seconds;
using sotto::bench::gmacs;
using sotto::bench::Probes;

constexpr std::size_t kLargeBytes = std::size_t{1} << 30;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;  // what a thread reads at a time

class Memory {
 public:
  explicit Memory(ThreadPool& pool) : buffer_(kLargeBytes) {
    pool.run(static_cast<int>(kLargeBytes / kPieceBytes), [&](int piece, int) {
      std::memset(buffer_.as<std::uint8_t>() + static_cast<std::size_t>(piece) * kPieceBytes, piece + 1, kPieceBytes);
    });
  }

  // GB/s of sweeps over the first `bytes`.
  double read(const Probes& probes, std::size_t bytes, ThreadPool& pool) const {
    const int n_pieces = static_cast<int>(std::clamp<std::size_t>(bytes / kPieceBytes, 1, kLargeBytes / kPieceBytes));
    const double swept = static_cast<double>(n_pieces) * static_cast<double>(kPieceBytes);
    const auto sweep = [&] {
      pool.run(n_pieces, [&](int piece, int) {
        probes.read(buffer_.as<std::uint8_t>() + static_cast<std::size_t>(piece) * kPieceBytes, kPieceBytes);
      });
    };
    sweep();
    return 1e-9 * swept / best_seconds(sweep);
  }

 private:
  sotto::base::AlignedBuffer buffer_;
};

void measure(const Probes& probes, const Memory& memory, std::size_t model_bytes, ThreadPool& one, ThreadPool& all) {
  std::cout << "{\"fma_gmacs_core\": " << gmacs(probes.fma_macs, one)
            << ", \"fma_gmacs\": " << gmacs(probes.fma_macs, all)
            << ", \"int8_gmacs_core\": " << gmacs(probes.int8_macs, one)
            << ", \"int8_gmacs\": " << gmacs(probes.int8_macs, all)
            << ", \"read_gbs_core\": " << memory.read(probes, kLargeBytes, one)
            << ", \"read_gbs\": " << memory.read(probes, kLargeBytes, all)
            << ", \"model_read_gbs_core\": " << memory.read(probes, model_bytes, one)
            << ", \"model_read_gbs\": " << memory.read(probes, model_bytes, all) << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : sotto::base::default_thread_count();
  if (threads < 1) {
    std::cerr << "sotto_ceilings: usage: sotto_ceilings [THREADS]\n";
    return 2;
  }
  const Probes& probes = sotto::bench::best_probes();
  ThreadPool one(1), all(threads);
  const Memory memory(all);
  std::cout << "{\"level\": \"" << probes.level << "\", \"fma\": \"" << probes.fma << "\", \"int8\": \"" << probes.int8
            << "\", \"threads\": " << threads << ", \"large_bytes\": " << kLargeBytes << "}" << std::endl;
  std::size_t model_bytes = 0;
  while (std::cin >> model_bytes) measure(probes, memory, model_bytes, one, all);
  return std::cin.eof() ? 0 : 2;
}
