// EmbeddingGemma (Vera et al., 2509.20354): Gemma 3 with attention in both directions, a mean over the tokens, and
// matrices behind it.
#include <cmath>

#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<EncoderSpec> read_gemma_embedding_spec(const gguf::File& file) {
  constexpr int kGlobalEvery = 6;
  Metadata metadata(file, "gemma-embedding");
  EncoderSpec spec = metadata.encoder_spec();
  spec.activation = Activation::kGeluTanh;
  spec.embedding_scale = std::sqrt(static_cast<float>(spec.model_dim));
  spec.rope_dim = spec.head_dim;
  spec.rope.theta = metadata.positive("rope.freq_base", 1e6f);
  metadata.read_window(spec, kGlobalEvery);
  spec.window_rope = {.theta = metadata.positive("rope.freq_base_swa", 10000.0f)};
  metadata.read_dense(spec);
  return metadata.finish(std::move(spec));
}

EncoderWeightTable gemma_embedding_weight_table() {
  using L = EncoderLayer;
  EncoderWeightTable table = standard_encoder_weight_table();
  table.output_norm = true;
  add_gate(table);
  table.vectors = {{"attn_norm.weight", &L::pre_attention_norm, Dim::kModel},
                   {"attn_q_norm.weight", &L::q_norm, Dim::kHead},
                   {"attn_k_norm.weight", &L::k_norm, Dim::kHead},
                   {"post_attention_norm.weight", &L::post_attention_norm, Dim::kModel},
                   {"ffn_norm.weight", &L::pre_ffn_norm, Dim::kModel},
                   {"post_ffw_norm.weight", &L::post_ffn_norm, Dim::kModel}};
  return table;
}

}  // namespace sotto::model
