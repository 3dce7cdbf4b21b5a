#include "model/timing.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>
#include <vector>

#include "base/energy.h"
#include "base/highest.h"
#include "model/kv_cache.h"

namespace sotto::model {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::int32_t> random_tokens(int n_tokens, int n_vocab) {
  std::mt19937 random{1};
  std::uniform_int_distribution<std::int32_t> any(0, n_vocab - 1);
  std::vector<std::int32_t> tokens(static_cast<std::size_t>(n_tokens));
  for (std::int32_t& token : tokens) token = any(random);
  return tokens;
}

double processor_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

template <class F>
double ms_of(F&& f) {
  const auto start = Clock::now();
  f();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

Elapsed time_forward(Model& model, const Workload& workload) {
  const auto n_vocab = static_cast<std::size_t>(model.spec().n_vocab);
  const std::vector<std::int32_t> tokens = random_tokens(workload.n_tokens(), model.spec().n_vocab);
  const std::span<const std::int32_t> all(tokens);
  const auto depth = static_cast<std::size_t>(workload.n_depth), n_prompt = static_cast<std::size_t>(workload.n_prompt);
  std::vector<float> logits(n_vocab);
  const auto cache = model.new_cache(workload.n_tokens());
  model.forward(*cache, all.first(depth), LogitsFor::kNone, {});

  Elapsed elapsed;
  const base::EnergyMeter energy;
  const double cpu_before = processor_ms();
  elapsed.prompt_ms = ms_of([&] {
    for (std::size_t done = 0; done < n_prompt;) {
      const std::size_t n = std::min(n_prompt - done, static_cast<std::size_t>(workload.n_batch));
      const bool last = done + n == n_prompt;
      model.forward(*cache, all.subspan(depth + done, n), last ? LogitsFor::kLast : LogitsFor::kNone, logits);
      done += n;
    }
  });
  elapsed.gen_ms = ms_of([&] {
    std::int32_t next = random_tokens(1, model.spec().n_vocab).front();
    for (int i = 0; i < workload.n_gen; ++i) {
      model.forward(*cache, std::span(&next, 1), {LogitsFor::kLast, {.count = 1}}, logits);
      elapsed.exact_logits.push_back(model.n_exact_logits());
      next = std::max(static_cast<std::int32_t>(base::index_of_highest(logits)), 0);
    }
  });
  elapsed.cpu_ms = processor_ms() - cpu_before;
  elapsed.joules = energy.joules();
  return elapsed;
}

double time_batch(Model& model, int n_tokens, int n_calls) {
  const std::vector<std::int32_t> tokens = random_tokens(n_tokens * n_calls, model.spec().n_vocab);
  const auto size = static_cast<std::size_t>(n_tokens);
  std::vector<float> logits(size * static_cast<std::size_t>(model.spec().n_vocab));
  const auto cache = model.new_cache(n_tokens * n_calls);
  const double ms = ms_of([&] {
    for (std::size_t first = 0; first < tokens.size(); first += size) {
      model.forward(*cache, std::span(tokens).subspan(first, size), LogitsFor::kAll, logits);
    }
  });
  return ms / n_calls;
}

}  // namespace sotto::model
