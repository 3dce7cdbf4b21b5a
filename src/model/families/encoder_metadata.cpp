// The metadata keys that all encoders have.
#include <fmt/format.h>

#include <algorithm>

#include "model/families/metadata.h"

namespace sotto::model {

EncoderSpec Metadata::encoder_spec() {
  constexpr int kMostPositions = 1 << 20;
  EncoderSpec spec;
  spec.architecture = architecture_;
  spec.n_layers = integer("block_count", 1, 1024);
  spec.model_dim = integer("embedding_length", 1, kMostWidth);
  spec.ffn_dim = integer("feed_forward_length", 1, kMostWidth);
  spec.n_heads = integer("attention.head_count", 1, 4096);
  spec.head_dim = spec.model_dim / spec.n_heads;
  spec.ctx_tokens = integer("context_length", 1, kMostPositions);
  spec.norm_epsilon = positive("attention.layer_norm_epsilon");
  spec.pooling = pooling();
  refuse_flag("attention.causal", "true; an encoder's tokens see all others of their text");
  const auto rows = [&](const char* name, std::uint64_t most) {
    const gguf::Tensor* tensor = file_.tensor(name);
    if (tensor == nullptr) fail(std::string("tensor ") + name, "missing; the file is incomplete");
    return tensor == nullptr ? 1 : static_cast<int>(std::min(tensor->n_rows(), most));
  };
  spec.n_vocab = rows("token_embd.weight", kMostRows);
  spec.n_token_types = rows("token_types.weight", kMostRows);
  return spec;
}

// GGUF's numbers: 0 none, 1 mean, 2 of the first token, 3 of the last, 4 a score for a pair of texts.
Pooling Metadata::pooling() {
  switch (integer("pooling_type", 0, 4, 1)) {
    case 1: return Pooling::kMean;
    case 2: return Pooling::kFirst;
    case 3: return Pooling::kLast;
    case 4:
      fail(full("pooling_type"), "4, a model that ranks texts; this version makes embeddings only: 1, 2 or 3",
           ErrorCode::kUnsupported);
      return Pooling::kMean;
    default:
      fail(full("pooling_type"), "0, a vector for each token; this version makes one of a text: 1, 2 or 3",
           ErrorCode::kUnsupported);
      return Pooling::kMean;
  }
}

Result<EncoderSpec> Metadata::finish(EncoderSpec spec) {
  if (spec.model_dim % spec.n_heads != 0) {
    fail(full("embedding_length"),
         fmt::format("{}, expected a multiple of head_count {}", spec.model_dim, spec.n_heads));
  }
  if (const int d = integer("attention.key_length", 1, 4096, spec.head_dim); d != spec.head_dim || d % 16 != 0) {
    fail(full("attention.key_length"),
         fmt::format("{}, expected a multiple of 16 that is embedding_length / head_count, {}", d, spec.head_dim));
  }
  if (!error_.message.empty()) return Unexpected(std::move(error_));
  return spec;
}

}  // namespace sotto::model
