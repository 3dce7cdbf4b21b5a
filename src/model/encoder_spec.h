// EncoderSpec: what an encoder family is, as data. Each field names a term of the literature, never a model.
#pragma once

#include <string>

namespace sotto::model {

// How the vectors of a text's tokens become one.
enum class Pooling { kMean, kFirst, kLast };

struct EncoderSpec {
  std::string architecture;
  int n_layers = 0;
  int n_heads = 0;
  int head_dim = 0;
  int model_dim = 0;  // n_heads * head_dim
  int ffn_dim = 0;
  int n_vocab = 0;
  int n_token_types = 0;
  int ctx_tokens = 0;  // positions that were learned: the longest text
  float norm_epsilon = 1e-12f;
  Pooling pooling = Pooling::kMean;
};

}  // namespace sotto::model
