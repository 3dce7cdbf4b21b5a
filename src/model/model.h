// A loaded model: weights bound to a DecoderSpec, and the one forward pass. Knows nothing of text, sampling or files
// other than GGUF views.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "adapter/adapter.h"
#include "gguf/file.h"
#include "model/packed/panels.h"
#include "model/spec.h"
#include "ops/head.h"
#include "ops/matrix.h"
#include "sotto/kv_type.h"
#include "sotto/result.h"

namespace sotto::model {

class KvCache;

struct LoadOptions {
  int threads = 0;                                  // 0: one for each performance core
  bool exact_activations = false;                   // float32 activations and unpacked weights: slow, for tests
  KvType kv = KvType::kInt8;                        // of new_cache(); f32 where activations are exact
  packed::Options keep = {};                        // where packed weights are kept for later starts
  std::span<const adapter::Adapter> adapters = {};  // of a decoder
};

// Which logits forward() computes: those of no position, the last, or all; and of a position all, or as ops::Best says,
// with rows for tokens. What may be left out is then exact too, or -inf.
struct LogitsFor {
  enum Positions { kNone, kLast, kAll };

  LogitsFor(Positions of) : positions(of) {}
  LogitsFor(Positions of, ops::Best wanted) : positions(of), best(wanted) {}
  operator Positions() const { return positions; }

  Positions positions;
  ops::Best best{};
};

// What a sequence adds in a forward pass.
struct Part {
  KvCache& cache;
  std::span<const std::int32_t> tokens;  // in [0, n_vocab); they fit the cache
  LogitsFor which;
  std::span<float> logits;  // kLast [n_vocab], kAll [tokens.size(), n_vocab] f32, row-major; kNone: empty
};

// forward() is not thread-safe (it owns one set of scratch buffers and the thread pool); everything const is.
class Model {
 public:
  // `file` must outlive the model. Errors: kUnsupported (architecture, tensor type), kBadFile (missing tensor or
  // key, wrong shape: names it, what was found and what was expected).
  static Result<std::unique_ptr<Model>> load(const gguf::File& file, const LoadOptions& options);
  virtual ~Model() = default;

  virtual const DecoderSpec& spec() const = 0;
  virtual int threads() const = 0;
  virtual std::string arithmetic() const = 0;  // names what decides the rounding of results

  // An empty cache for `ctx_tokens` positions. Window layers keep only their window.
  // Throws std::bad_alloc where memory does not suffice.
  virtual std::unique_ptr<KvCache> new_cache(int ctx_tokens) const = 0;
  virtual std::uint64_t cache_bytes(int ctx_tokens) const = 0;

  // Appends each part's tokens to its cache, at positions cache.size() and after, and computes the logits it asks for.
  // Any number of tokens, prefill is the same call as decode; any number of parts, of different caches. What is
  // computed of one does not depend on the others.
  virtual void forward(std::span<const Part> parts) = 0;
  void forward(KvCache& cache, std::span<const std::int32_t> tokens, LogitsFor which, std::span<float> logits) {
    const Part part{cache, tokens, which, logits};
    forward({&part, 1});
  }

  // For measurements. From now on `observer` is told of each matrix, before it multiplies, and of the rows that it will
  // multiply, x: [n_tokens, weights.cols()] f32; from several threads at once, in any order. Positions without logits
  // are shown to the head as well. An empty one: no more. False where a forward pass cannot tell.
  using Observer = std::function<void(const ops::Matrix& weights, const float* x, std::int64_t n_tokens)>;
  virtual bool observe(Observer) { return false; }
  // For measurements, of a model with exact activations: from now on the tensor of a name has these bytes, of this
  // type, in place of what it had; empty ones: those of the file, whatever the type. They must outlive their use.
  // False, and nothing changed, when no matrix is of this tensor.
  virtual bool substitute(std::string_view, gguf::TensorType, std::span<const std::byte>) { return false; }
  // Whether a matrix is of this tensor, so that substitute() can replace it; one that was replaced has the file's bytes
  // again.
  bool reads(std::string_view tensor) { return substitute(tensor, gguf::TensorType::kF32, {}); }

  // Of the last position that forward() computed logits for, together with those computed in the same go: how many
  // logits are exact.
  virtual std::int64_t n_exact_logits() const { return spec().n_vocab; }
};

}  // namespace sotto::model
