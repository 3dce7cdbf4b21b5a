// A key and value cache together with the tokens it holds. Knows nothing of text or sampling.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/batcher.h"
#include "engine/prefixes.h"
#include "model/kv_cache.h"
#include "model/model.h"
#include "sotto/engine.h"

namespace sotto::engine {

// Not thread-safe; sequences that share `batcher` are read together, and those that share `prefixes` take beginnings
// from each other.
class Sequence {
 public:
  // Throws std::bad_alloc. What is given must outlive the sequence. prefixes: null, or of sequences of the same model.
  Sequence(model::Model& model, Batcher& batcher, int ctx_tokens, Prefixes* prefixes = nullptr);
  ~Sequence();
  Sequence(const Sequence&) = delete;
  Sequence& operator=(const Sequence&) = delete;

  int size() const { return static_cast<int>(tokens_.size()); }
  int capacity() const { return cache_->capacity(); }
  int n_vocab() const { return model_.spec().n_vocab; }
  const std::vector<Token>& tokens() const { return tokens_; }
  Batcher& batcher() const { return batcher_; }
  model::KvCache& cache() { return *cache_; }  // to be kept; what changes it goes through the members below

  // Forgets all but the longest beginning that `tokens` share, and at least the last of `tokens`,
  // whose logits will be wanted. Forgets more, or everything, where a window layer has already dropped what it would
  // need, or a layer without attention kept no state to go back to. Then takes over more of the beginning, if another
  // sequence has read it.
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

  // For Prefixes, which holds its lock: how much of the beginning of `tokens` this has read, but for their last; and
  // how it takes over that of another.
  int n_common(std::span<const Token> tokens) const;
  void take_beginning(const Sequence& other, std::span<const Token> tokens);

 private:
  std::unique_lock<std::mutex> hold() const;
  void note_size();

  model::Model& model_;
  Batcher& batcher_;
  Prefixes* prefixes_;
  std::unique_ptr<model::KvCache> cache_;
  // What others may look at, under hold().
  std::vector<Token> tokens_;
  int n_read_ = 0;     // of the tokens; the others are on their way through the model
  int n_written_ = 0;  // the most tokens since it was empty, those on their way included
};

}  // namespace sotto::engine
