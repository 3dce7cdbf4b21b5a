// What the layers without attention keep of one sequence: a state of fixed size in place of keys and values, and what
// is needed to go back to an earlier state. Knows nothing of what the states mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "model/spec.h"

namespace sotto::model {

// A state cannot forget its last tokens. So tokens that may be taken back are kept beside the state, pending, until
// others follow: the state is that of the first `settled` tokens, and the pending ones go into it before the next. And
// of the last texts that were read a copy of the state stays, to which a longer way back leads. Not thread-safe.
class RecurrentCache {
 public:
  static constexpr int kMostPending = 16;
  static constexpr int kCopies = 3;
  // A copy is of the state so many tokens before a text's end: what a chat template puts there is often not what it
  // puts there once the answer has followed.
  static constexpr int kCopyBefore = 8;

  // Floats of a layer. All but `history` is 0 in a model that has attention only.
  struct Shape {
    int history = 0;        // tokens before the next that the convolution sees
    std::size_t row = 0;    // of a token: what goes into the convolution
    std::size_t step = 0;   // of a token: what else its step takes
    std::size_t state = 0;  // beyond the history
  };
  static Shape shape_of(const DecoderSpec& spec);

  explicit RecurrentCache(const DecoderSpec& spec);  // throws std::bad_alloc
  static std::uint64_t bytes_for(const DecoderSpec& spec);

  bool empty() const { return layers_.empty(); }
  const Shape& shape() const { return shape_; }

  // Pointers of a layer, all nullptr in one with attention.
  struct Layer {
    float* state = nullptr;                   // of the settled tokens
    float* rows = nullptr;                    // [history + kMostPending, row]: the last settled ones, then the pending
    float* steps = nullptr;                   // [kMostPending, step]: of the pending
    std::array<float*, kCopies> copies = {};  // [state], then [history, row]
  };
  const Layer& layer(int index) const { return layers_[static_cast<std::size_t>(index)]; }

  // What a batch does: its tokens, and before them the pending ones, are numbered from 0.
  struct Plan {
    int n_pending = 0;
    int n_tokens = 0;   // of the batch
    int n_settled = 0;  // so many, pending ones first, become part of the state; what is behind is pending afterwards
    int copied = -1;    // the state before this one is copied; -1: none is
    int copy = 0;       // to copies[copy]

    int n_all() const { return n_pending + n_tokens; }
  };
  // For n_tokens after `size`; may_return: some of them may be taken back. Up to kMostPending can be.
  Plan plan(int size, int n_tokens, bool may_return);
  void finish(const Plan& plan);  // when all layers have done so

  // The most tokens, up to n_tokens of `size`, that one can go back to.
  int reachable(int n_tokens, int size) const;
  // n_tokens: of those that are reachable.
  void truncate(int n_tokens);
  void clear();  // also in the middle of a batch

  // How many tokens the states are of; with the bytes of held() it is all there is.
  struct Fill {
    int settled = 0;
    std::array<int, kCopies> copies = {};  // 0: none
    bool operator==(const Fill&) const = default;
  };
  const Fill& fill() const { return fill_; }
  // False, and nothing changed, when no sequence of `size` tokens has it so.
  bool set_fill(const Fill& fill, int size);
  std::vector<std::span<std::byte>> held(int layer, int size) const;

 private:
  struct Free {
    void operator()(float* memory) const { std::free(memory); }
  };

  std::size_t history_floats() const { return static_cast<std::size_t>(shape_.history) * shape_.row; }
  std::size_t copy_floats() const { return shape_.state + history_floats(); }

  Shape shape_;
  std::unique_ptr<float, Free> storage_;  // zero pages until used
  std::vector<Layer> layers_;             // empty: attention only
  Fill fill_;
  bool clean_ = true;  // nothing was written since all was 0
};

}  // namespace sotto::model
