// A key and value cache together with the tokens it holds. Knows nothing of text or sampling.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/batcher.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "sotto/engine.h"

namespace sotto::engine {

// Not thread-safe; sequences that share `batcher` are read together.
class Sequence {
 public:
  // Throws std::bad_alloc. `model` and `batcher` must outlive the sequence.
  Sequence(model::Model& model, Batcher& batcher, int ctx_tokens)
      : model_(model), batcher_(batcher), cache_(model.new_cache(ctx_tokens)) {}

  int size() const { return static_cast<int>(tokens_.size()); }
  int capacity() const { return cache_->capacity(); }
  int n_vocab() const { return model_.spec().n_vocab; }
  const std::vector<Token>& tokens() const { return tokens_; }
  Batcher& batcher() const { return batcher_; }
  model::KvCache& cache() { return *cache_; }  // to be kept; what changes it goes through the members below

  // Forgets all but the longest beginning that `tokens` share, and at least the last of `tokens`,
  // whose logits will be wanted. Forgets more, or everything, where a window layer has already dropped what it would
  // need, or a layer without attention kept no state to go back to.
  void keep_common(std::span<const Token> tokens);

  // The forward pass over `tokens`, which must fit. Logits as model::Model::forward gives them. member: as
  // Batcher::append() has it.
  void append(std::span<const Token> tokens, model::LogitsFor which, std::span<float> logits,
              Batcher::Member* member = nullptr);

  // Replaces everything by what `read` makes of the empty cache: it fills the cache and gives the tokens that this
  // holds. When it fails or throws, the sequence is empty.
  Result<void> refill(const std::function<Result<std::vector<Token>>(model::KvCache&)>& read);

  // Forgets all from position `n_tokens` on, which must lie within what the last append() brought, of at most
  // model::RecurrentCache::kMostPending tokens with logits of all: so much every layer can give back.
  void take_back(int n_tokens);

  void clear();

 private:
  model::Model& model_;
  Batcher& batcher_;
  std::unique_ptr<model::KvCache> cache_;
  std::vector<Token> tokens_;
};

}  // namespace sotto::engine
