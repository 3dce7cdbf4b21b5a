#include "engine/sequence.h"

#include <algorithm>

#include "base/check.h"

namespace sotto::engine {

void Sequence::keep_common(std::span<const Token> tokens) {
  const std::size_t limit = std::min(tokens_.size(), tokens.empty() ? 0 : tokens.size() - 1);
  const auto [end, _] =
      std::mismatch(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(limit), tokens.begin());
  const auto common = static_cast<std::size_t>(end - tokens_.begin());
  take_back(cache_->reachable(static_cast<int>(common)));
}

void Sequence::append(std::span<const Token> tokens, model::LogitsFor which, std::span<float> logits,
                      Batcher::Member* member) {
  SOTTO_CHECK(size() + static_cast<int>(tokens.size()) <= capacity());
  try {
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    batcher_.append({*cache_, tokens, which, logits}, member);
  } catch (...) {
    clear();  // how far the pass came is unknown
    throw;
  }
}

Result<void> Sequence::refill(const std::function<Result<std::vector<Token>>(model::KvCache&)>& read) {
  clear();
  try {
    auto tokens = read(*cache_);
    if (tokens) tokens_ = std::move(*tokens);
    else cache_->clear();
    SOTTO_CHECK(cache_->size() == size());
    return tokens ? Result<void>() : forward_error(tokens);
  } catch (...) {
    clear();
    throw;
  }
}

void Sequence::take_back(int n_tokens) {
  if (n_tokens >= size()) return;
  const bool kept = cache_->truncate(n_tokens);
  SOTTO_CHECK(kept);
  tokens_.resize(static_cast<std::size_t>(n_tokens));
}

void Sequence::clear() {
  cache_->clear();
  tokens_.clear();
}

}  // namespace sotto::engine
