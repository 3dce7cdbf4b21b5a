// Layers that mix tokens by a state instead of attention: what they share. A batch goes through one in three steps:
// enter() for each lane, mix() once over all tokens, for a token needs the state after the one before it, and leave()
// for each lane.
#pragma once

#include <memory>
#include <vector>

#include "base/thread_pool.h"
#include "model/lane.h"
#include "model/recurrent_cache.h"
#include "model/weights.h"

namespace sotto::model {

// Not thread-safe, but enter() and leave() may be called for different lanes at once. What is computed of a token
// depends on those before it alone, not on batches, lanes or threads.
class Recurrence {
 public:
  virtual ~Recurrence() = default;

  // A batch begins, with this plan for every layer.
  virtual void begin(const RecurrentCache::Plan& plan) = 0;
  // lane.x: the layer's normed input.
  virtual void enter(Lane& lane, const LayerWeights& weights, const RecurrentCache::Layer& kept) = 0;
  virtual void mix(const LayerWeights& weights, const RecurrentCache::Layer& kept, base::ThreadPool& pool) = 0;
  // lane.x becomes what weights.mix_out multiplies.
  virtual void leave(Lane& lane, const LayerWeights& weights) = 0;
};

// nullptr where all layers have attention.
std::unique_ptr<Recurrence> make_recurrence(const DecoderSpec& spec);

// What goes into the causal convolution of a layer: rows [history + n_all, width] f32 of a batch, those of the tokens
// before it first.
class ConvRows {
 public:
  explicit ConvRows(const RecurrentCache::Shape& shape)
      : history_(shape.history), width_(static_cast<int>(shape.row)) {}

  void begin(const RecurrentCache::Plan& plan);
  // Takes the rows of the tokens before the batch; once a layer.
  void load(const float* kept);
  // Puts back what the next batch needs, and the copy that the plan wants.
  void store(const RecurrentCache::Layer& kept, std::size_t state_floats) const;

  int width() const { return width_; }
  float* of_token(int token) { return rows_.data() + (history_ + plan_.n_pending + token) * width_; }  // of the batch
  // The first of the rows that the token (numbered as the plan does) sees; its own is the last of history + 1.
  const float* seen_by(int token) const { return rows_.data() + token * width_; }

 private:
  int history_, width_;
  RecurrentCache::Plan plan_;
  std::vector<float> rows_;
};

}  // namespace sotto::model
