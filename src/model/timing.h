// Times the forward pass by llama-bench's definitions, on random tokens. Knows nothing of text and sampling.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/model.h"

namespace sotto::model {

struct Workload {
  int n_prompt = 0;  // tokens read, n_batch of them a call, logits for the last of all
  int n_gen = 0;     // tokens read after them one a call, as an answer is written greedily: the highest logit each time
  int n_depth = 0;   // tokens that stand in the cache before; reading them is not timed
  int n_batch = 1 << 20;

  int n_tokens() const { return n_depth + n_prompt + n_gen; }
};

struct Elapsed {
  double prompt_ms = 0;
  double gen_ms = 0;
  double cpu_ms = 0;             // processor time of all threads of this process, over both
  std::optional<double> joules;  // what the processor's packages took over both, where their counters can be read
  std::vector<std::int64_t> exact_logits;  // for each token of n_gen: how many logits were computed exactly
};

// Runs `workload` once on a cache of its own. Throws std::bad_alloc where memory does not suffice for the cache.
Elapsed time_forward(Model& model, const Workload& workload);

// Milliseconds of one call that reads `n_tokens` and computes the logits of each, as drafts are verified: the mean of
// `n_calls` that follow each other on one cache. Both at least 1. Throws as time_forward().
double time_batch(Model& model, int n_tokens, int n_calls);

}  // namespace sotto::model
