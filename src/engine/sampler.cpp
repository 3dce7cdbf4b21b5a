#include "engine/sampler.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>

#include "base/highest.h"

namespace sotto::engine {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLargestBias = 1e30f;  // logits stay finite when it is added

struct Range {
  const char* field;
  float value;
  float least, most;
  const char* allowed;
};

Unexpected bad_option(std::string_view field, const std::string& value, std::string_view allowed) {
  return Unexpected(ErrorCode::kBadRequest, fmt::format("sampling.{} is {}; it must be {}", field, value, allowed));
}

Result<void> check_bias(const SamplingOptions& options, int n_vocab) {
  for (std::size_t i = 0; i < options.logit_bias.size(); ++i) {
    const auto [token, bias] = options.logit_bias[i];
    if (token < 0 || token >= n_vocab)
      return bad_option(fmt::format("logit_bias[{}]", i), fmt::format("for token {}", token),
                        fmt::format("for a token from 0 to {}", n_vocab - 1));
    if (bias != -kInfinity && !(std::abs(bias) <= kLargestBias))
      return bad_option(fmt::format("logit_bias[{}]", i), fmt::format("{}", bias),
                        "from -1e30 to 1e30, or -inf to forbid the token");
  }
  return {};
}

Result<void> check(const SamplingOptions& options, int n_vocab) {
  const float largest = std::numeric_limits<float>::max();
  for (const Range& range : {
           Range{"repeat_penalty", options.repeat_penalty, 0.01f, 100, "from 0.01 to 100 (1: off)"},
           Range{"presence_penalty", options.presence_penalty, -100, 100, "from -100 to 100 (0: off)"},
           Range{"frequency_penalty", options.frequency_penalty, -100, 100, "from -100 to 100 (0: off)"},
           Range{"typical_p", options.typical_p, 0, 1, "from 0 to 1 (1: off)"},
           Range{"top_p", options.top_p, 0, 1, "from 0 to 1 (1: off)"},
           Range{"min_p", options.min_p, 0, 1, "from 0 to 1 (0: off)"},
           Range{"temperature", options.temperature, 0, largest, "0 (the most likely token) or more"},
       })
    if (!(range.value >= range.least && range.value <= range.most))
      return bad_option(range.field, fmt::format("{}", range.value), range.allowed);
  if (options.penalty_last_n < -1)
    return bad_option("penalty_last_n", fmt::format("{}", options.penalty_last_n), "0 or more, or -1 for all tokens");
  if (options.top_k < 0) return bad_option("top_k", fmt::format("{}", options.top_k), "0 (off) or more");
  return check_bias(options, n_vocab);
}

bool penalizes(const SamplingOptions& options) {
  return options.repeat_penalty != 1 || options.presence_penalty != 0 || options.frequency_penalty != 0;
}

}  // namespace

void RecentTokens::push(Token token) {
  if (last_n_ == 0) return;
  ++counts_[token];
  if (last_n_ < 0) return;
  order_.push_back(token);
  if (order_.size() <= static_cast<std::size_t>(last_n_)) return;
  const auto oldest = counts_.find(order_.front());
  if (--oldest->second == 0) counts_.erase(oldest);
  order_.pop_front();
}

Result<Sampler> Sampler::create(const SamplingOptions& options, int n_vocab) {
  if (auto valid = check(options, n_vocab); !valid) return forward_error(valid);
  return Sampler(options);
}

// Without a penalty no token needs to be remembered.
Sampler::Sampler(const SamplingOptions& options)
    : options_(options), recent_(penalizes(options) ? options.penalty_last_n : 0), rng_(options.seed) {}

// Greedy choice takes one, and everything else begins with the top_k highest.
int Sampler::n_best() const { return options_.temperature == 0 ? 1 : options_.top_k; }

void Sampler::append_adjusted(std::vector<Token>& tokens) const {
  for (const auto& [token, bias] : options_.logit_bias) tokens.push_back(token);
  for (const auto& [token, count] : recent_.counts()) tokens.push_back(token);
}

void Sampler::adjust(std::span<float> logits) const {
  for (const auto& [token, bias] : options_.logit_bias) logits[static_cast<std::size_t>(token)] += bias;
  for (const auto& [token, count] : recent_.counts()) {
    float& logit = logits[static_cast<std::size_t>(token)];
    const float repeat = options_.repeat_penalty;
    logit = logit > 0 ? std::min(logit / repeat, kLargestBias) : logit * repeat;
    logit -= options_.presence_penalty + options_.frequency_penalty * static_cast<float>(count);
  }
}

Result<Token> Sampler::sample(std::span<float> logits) {
  int broken = 0;
  for (const float logit : logits) broken |= static_cast<int>(!(logit < kInfinity));
  if (broken != 0)
    return Unexpected(ErrorCode::kBadFile,
                      "the model computed a next-token score that is infinite or NaN; its weights are "
                      "damaged: check the file against its sha256, or pull it again");
  adjust(logits);
  const Unexpected nothing_left(ErrorCode::kBadRequest, "sampling.logit_bias forbids every token; leave at least one");
  if (options_.temperature == 0) {
    const auto best = static_cast<Token>(base::index_of_highest(logits));
    if (best < 0) return nothing_left;
    return best;
  }
  if (!candidates_.select(logits, options_.top_k)) return nothing_left;
  if (options_.typical_p < 1) candidates_.keep_typical(options_.typical_p);
  if (options_.top_p < 1) candidates_.keep_top_p(options_.top_p);
  if (options_.min_p > 0) candidates_.keep_min_p(options_.min_p);
  candidates_.set_temperature(options_.temperature);
  return candidates_.draw(rng_.uniform());
}

}  // namespace sotto::engine
