#include "ceilings/measure.h"

#include <cstdlib>

namespace sotto::bench {

const Probes& probes_for(kernels::Isa isa) {
#if defined(__x86_64__)
  if (isa == kernels::Isa::kAvx512Vnni) return kAvx512VnniProbes;
  if (isa == kernels::Isa::kAvxVnni) return kAvxVnniProbes;
  if (isa == kernels::Isa::kAvx2) return kAvx2Probes;
#else
  (void)isa;
#endif
  return kPortableProbes;
}

const Probes& best_probes() { return probes_for(kernels::choose_isa(std::getenv("SOTTO_ISA")).isa); }

double gmacs(double (*macs)(long rounds) noexcept, base::ThreadPool& pool) {
  constexpr double kLeastSeconds = 0.02;
  double done = 0;  // by each task: all do the same
  for (long rounds = 1 << 16;; rounds *= 4) {
    const double seconds = best_seconds([&] {
      pool.run(pool.size(), [&](int task, int) {
        const double mine = macs(rounds);
        if (task == 0) done = mine;
      });
    });
    if (seconds >= kLeastSeconds) return 1e-9 * done * pool.size() / seconds;
  }
}

}  // namespace sotto::bench
