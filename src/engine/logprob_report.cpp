#include "engine/logprob_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/highest.h"
#include "engine/exponential.h"

namespace sotto::engine {
namespace {

// The logarithm of the sum of e^logit, relative to the highest of them so that nothing overflows.
double log_of_total(std::span<const float> logits) {
  constexpr std::size_t kAtOnce = 64;
  const float highest = base::highest_of(logits);
  double total = 0;
  for (std::size_t start = 0; start < logits.size(); start += kAtOnce) {
    std::array<float, kAtOnce> parts;
    const std::size_t n = std::min(kAtOnce, logits.size() - start);
    for (std::size_t i = 0; i < n; ++i) parts[i] = exp_of_nonpositive(logits[start + i] - highest);
    for (std::size_t i = 0; i < n; ++i) total += parts[i];
  }
  return highest + std::log(total);
}

}  // namespace

LogprobReport::LogprobReport(int n_top, const text::Tokenizer& tokenizer, const EventSink& sink)
    : n_top_(n_top), tokenizer_(tokenizer), sink_(sink), with_tokens_([this](const Event& event) { pass_on(event); }) {}

void LogprobReport::pass_on(const Event& event) {
  const bool has_text = event.kind == Event::Kind::kText || event.kind == Event::Kind::kThought;
  const bool of_call = event.kind == Event::Kind::kCall || event.kind == Event::Kind::kCallArguments ||
                       event.kind == Event::Kind::kCallEnd;
  if (of_call) forget();
  std::vector<ChosenToken> tokens;
  if (has_text) tokens.swap(untold_);
  if (!sink_) return;
  if (tokens.empty()) return sink_(event);
  Event told = event;
  told.tokens = std::move(tokens);
  sink_(told);
}

TokenLogprob LogprobReport::describe(Token token, float logit, double log_total) const {
  return {token, static_cast<float>(logit - log_total), tokenizer_.decode(token, true)};
}

void LogprobReport::choose(Token token) {
  const double log_total = log_of_total(logits_);
  ChosenToken& told = untold_.emplace_back();
  told.chosen = describe(token, logits_[static_cast<std::size_t>(token)], log_total);
  if (n_top_ == 0 || !best_.select(logits_, n_top_)) return;
  for (const Candidate& candidate : best_.items())
    told.top.push_back(describe(candidate.token, candidate.logit, log_total));
}

}  // namespace sotto::engine
