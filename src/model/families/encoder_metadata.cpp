// The metadata keys that all encoders have.
#include <fmt/format.h>

#include <algorithm>

#include "model/families/metadata.h"

namespace sotto::model {

EncoderSpec Metadata::encoder_spec() {
  constexpr int kMostPositions = 1 << 20;
  EncoderSpec spec;
  read_sizes(spec);
  spec.n_kv_heads = integer("attention.head_count_kv", 1, 4096, spec.n_heads);
  spec.ctx_tokens = integer("context_length", 1, kMostPositions);
  spec.pooling = pooling();
  refuse_flag("attention.causal", "true; an encoder's tokens see all others of their text");
  return spec;
}

// Those that GGUF files number 2 and 3.
void Metadata::read_dense(EncoderSpec& spec) {
  for (const int number : {2, 3}) {
    const std::string name = fmt::format("dense_{}.weight", number);
    if (!has_tensor(name)) return;
    spec.dense.push_back(std::min(rows(name), kMostWidth));
  }
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
  if (!has("attention.key_length") && spec.model_dim % spec.n_heads != 0) {
    fail(full("embedding_length"),
         fmt::format("{}, expected a multiple of head_count {}", spec.model_dim, spec.n_heads));
  }
  check_heads("", spec.n_heads, spec.n_kv_heads, spec.head_dim);
  if (!error_.message.empty()) return Unexpected(std::move(error_));
  return spec;
}

}  // namespace sotto::model
