// THE forward pass of every encoder family, driven by its EncoderSpec: texts become vectors. Every token sees all
// others of its text; norms stand behind attention and feed-forward (Devlin et al., 1810.04805). Knows nothing of text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "model/encoder_weights.h"
#include "model/model.h"
#include "ops/full_attention.h"
#include "ops/matmul.h"

namespace sotto::model {

// embed() is not thread-safe (it owns one set of scratch buffers and the thread pool); everything const is.
class Encoder {
 public:
  using Text = std::vector<std::int32_t>;

  // About so many tokens go through the layers at a time, of as many texts as hold them.
  static constexpr std::size_t kBatchTokens = 1024;

  // `file` must outlive the encoder. Errors: as Model::load().
  static Result<std::unique_ptr<Encoder>> load(const gguf::File& file, const LoadOptions& options);

  // `pool` has bound `weights`; both become the encoder's.
  Encoder(EncoderSpec spec, EncoderWeights weights, std::unique_ptr<base::ThreadPool> pool);

  const EncoderSpec& spec() const { return spec_; }

  // out: [texts.size(), model_dim] f32, row-major, each row of length 1. The caller makes sure that each text has 1 to
  // ctx_tokens tokens in [0, n_vocab). A text's vector does not depend on the others, nor on the number of threads.
  void embed(std::span<const Text> texts, float* out);

 private:
  void embed_batch(std::span<const Text> texts, float* out);
  void look_up(std::span<const Text> texts);
  void attend(std::span<const Text> texts, const EncoderLayer& weights);
  void feed_forward(const EncoderLayer& weights);
  void pool_rows(std::span<const Text> texts, float* out);

  // x_ becomes `rows` [n_tokens_, width], quantized where matrices are packed.
  void read(const std::vector<float>& rows, int width, ops::Precision precision);
  // out [n_tokens_, matrix.rows()] = x_ · matrix + bias
  void multiply(const ops::Matrix& matrix, const std::vector<float>& bias, std::vector<float>& out);
  // The residual becomes the norm of itself and block_.
  void add_and_norm(const std::vector<float>& norm, const std::vector<float>& bias);
  // Calls f(first, last) for the tokens of each tile of the batch, on all threads.
  template <class F>
  void for_tiles(F&& f);

  EncoderSpec spec_;
  EncoderWeights weights_;
  std::unique_ptr<base::ThreadPool> pool_;
  ops::AttentionShape shape_;
  std::vector<float> token_type_;              // [model_dim], of a text that stands alone
  std::vector<ops::FullAttention> attention_;  // one for each thread
  int n_tokens_ = 0;                           // of the batch
  ops::Activations x_;
  // [n_tokens_, model_dim] f32, row-major; up_: ffn_dim
  std::vector<float> residual_, q_, k_, v_, block_, up_;
};

}  // namespace sotto::model
