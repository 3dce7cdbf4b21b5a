// THE forward pass of every encoder family, driven by its EncoderSpec: texts become vectors. Tokens see those before
// and behind them (Devlin et al., 1810.04805). Knows nothing of text.
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
#include "ops/rope.h"

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

  // out: [texts.size(), embedding_dim] f32, row-major, each row of length 1. The caller makes sure that each text has 1
  // to ctx_tokens tokens in [0, n_vocab). A text's vector does not depend on the others, nor on the number of threads.
  void embed(std::span<const Text> texts, float* out);

 private:
  void embed_batch(std::span<const Text> texts, float* out);
  void look_up(std::span<const Text> texts);
  void attend(std::span<const Text> texts, int layer);
  void feed_forward(const EncoderLayer& weights);
  void pool_rows(std::span<const Text> texts, float* out);
  // One text's pooled vector [model_dim] goes through the matrices behind the pooling, and becomes `out` of length 1.
  void finish_vector(std::vector<float>& pooled, float* out);

  // x_ becomes `rows` [n_tokens_, width], quantized where matrices are packed.
  void read(const std::vector<float>& rows, int width, ops::Precision precision);
  // x_ becomes the residual, normed where there is a norm.
  void read_residual(const std::vector<float>& norm);
  // Norms and turns the heads of rows [n_tokens_, n_heads, head_dim].
  void turn(std::vector<float>& rows, int n_heads, const std::vector<float>& norm, bool windowed);
  // out [n_tokens_, matrix.rows()] = x_ · matrix + bias, where there is one
  void multiply(const ops::Matrix& matrix, const std::vector<float>& bias, std::vector<float>& out);
  // The residual becomes its sum with block_: that is normed before, and the sum then, where there are norms.
  void add_block(const std::vector<float>& block_norm, const std::vector<float>& norm, const std::vector<float>& bias);
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
  std::vector<int> positions_;                 // [n_tokens_]: in its text
  ops::RopeFrequencies rope_frequencies_, window_rope_frequencies_;
  ops::RopeTable rope_, window_rope_;
  int n_turned_ = 0;  // positions that these hold
  ops::Activations x_;
  // [n_tokens_, model_dim] f32, row-major; q_, attended_: of all heads; k_, v_: of all key heads; gate_, up_: ffn_dim
  std::vector<float> residual_, normed_, q_, k_, v_, attended_, block_, gate_, up_;
};

}  // namespace sotto::model
