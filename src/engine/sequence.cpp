#include "engine/sequence.h"

#include <algorithm>

#include "base/check.h"

namespace sotto::engine {

Sequence::Sequence(model::Model& model, Batcher& batcher, int ctx_tokens, Prefixes* prefixes)
    : model_(model), batcher_(batcher), prefixes_(prefixes), cache_(model.new_cache(ctx_tokens)) {
  if (prefixes_ != nullptr) prefixes_->add(*this);
}

Sequence::~Sequence() {
  if (prefixes_ != nullptr) prefixes_->remove(*this);
}

std::unique_lock<std::mutex> Sequence::hold() const {
  return prefixes_ != nullptr ? prefixes_->hold() : std::unique_lock<std::mutex>();
}

void Sequence::note_size() {
  n_read_ = size();
  n_written_ = cache_->fill().written;
}

int Sequence::n_common(std::span<const Token> tokens) const {
  const std::size_t limit = std::min(static_cast<std::size_t>(n_read_), tokens.empty() ? 0 : tokens.size() - 1);
  const auto [end, _] =
      std::mismatch(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(limit), tokens.begin());
  return static_cast<int>(end - tokens_.begin());
}

void Sequence::take_beginning(const Sequence& other, std::span<const Token> tokens) {
  tokens_.reserve(tokens.size());
  const int n_taken = cache_->take_beginning(*other.cache_, other.n_common(tokens), other.n_written_);
  if (n_taken == 0) return;
  tokens_.assign(tokens.begin(), tokens.begin() + n_taken);
  note_size();
}

void Sequence::keep_common(std::span<const Token> tokens) {
  take_back(cache_->reachable(n_common(tokens)));
  if (prefixes_ != nullptr) prefixes_->lend(*this, tokens);
}

void Sequence::append(std::span<const Token> tokens, model::LogitsFor which, std::span<float> logits,
                      Batcher::Member* member) {
  SOTTO_CHECK(size() + static_cast<int>(tokens.size()) <= capacity());
  try {
    {
      const auto held = hold();
      tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
      n_written_ = std::max(n_written_, size());
    }
    batcher_.append({*cache_, tokens, which, logits}, member);
    const auto held = hold();
    n_read_ = size();
  } catch (...) {
    clear();  // how far the pass came is unknown
    throw;
  }
}

Result<void> Sequence::refill(const std::function<Result<std::vector<Token>>(model::KvCache&)>& read) {
  clear();
  try {
    auto tokens = read(*cache_);
    const auto held = hold();
    if (tokens) tokens_ = std::move(*tokens);
    else cache_->clear();
    SOTTO_CHECK(cache_->size() == size());
    note_size();
    return tokens ? Result<void>() : forward_error(tokens);
  } catch (...) {
    clear();
    throw;
  }
}

void Sequence::take_back(int n_tokens) {
  if (n_tokens >= size()) return;
  const auto held = hold();
  const bool kept = cache_->truncate(n_tokens);
  SOTTO_CHECK(kept);
  tokens_.resize(static_cast<std::size_t>(n_tokens));
  note_size();
}

void Sequence::clear() {
  const auto held = hold();
  cache_->clear();
  tokens_.clear();
  note_size();
}

}  // namespace sotto::engine
