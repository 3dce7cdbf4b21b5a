// Sums over all answers since the server started. Knows nothing of the form in which they are told.
#pragma once

#include <cstdint>
#include <mutex>

#include "sotto/engine.h"

namespace sotto::api {

struct Totals {
  std::uint64_t answers = 0;
  std::uint64_t read_tokens = 0, cached_tokens = 0;  // of prompts: those that were computed, and those that were there
  std::uint64_t completion_tokens = 0;
  std::uint64_t drafted_tokens = 0, accepted_tokens = 0;
  std::uint64_t most_tokens = 0;  // of one prompt and its answer
  double prefill_s = 0, decode_s = 0;
};

// Thread-safe.
class Metrics {
 public:
  // read_tokens: of the prompt, those that were computed.
  void add(const Usage& usage, int read_tokens);
  Totals totals() const;

 private:
  mutable std::mutex mutex_;
  Totals totals_;
};

}  // namespace sotto::api
