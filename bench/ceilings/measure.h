// Times the probes: what one core, or all threads of a pool, can do at most.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/thread_pool.h"
#include "ceilings/probes.h"
#include "kernels/table.h"

namespace sotto::bench {

// Those of the kernels' level `isa`, which the processor must have.
const Probes& probes_for(kernels::Isa isa);
// Those of the level that SOTTO_ISA or the processor chooses.
const Probes& best_probes();

// The best of a few tries: a ceiling is what can be reached.
template <class F>
double best_seconds(F&& f) {
  constexpr int kTries = 3;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kTries; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

// Multiply-adds a second of all threads, in 1e9. macs: a member of Probes.
double gmacs(double (*macs)(long rounds) noexcept, base::ThreadPool& pool);

}  // namespace sotto::bench
