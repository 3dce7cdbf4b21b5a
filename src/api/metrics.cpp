#include "api/metrics.h"

#include <algorithm>

namespace sotto::api {

void Metrics::add(const Usage& usage, int read_tokens) {
  const auto count = [](int n) { return static_cast<std::uint64_t>(std::max(n, 0)); };
  const std::lock_guard lock(mutex_);
  ++totals_.answers;
  totals_.read_tokens += count(read_tokens);
  totals_.cached_tokens += count(usage.cached_tokens);
  totals_.completion_tokens += count(usage.completion_tokens);
  totals_.drafted_tokens += count(usage.drafted_tokens);
  totals_.accepted_tokens += count(usage.accepted_tokens);
  totals_.most_tokens = std::max(totals_.most_tokens, count(usage.prompt_tokens + usage.completion_tokens));
  totals_.prefill_s += usage.prefill_ms / 1000;
  totals_.decode_s += usage.decode_ms / 1000;
}

Totals Metrics::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace sotto::api
