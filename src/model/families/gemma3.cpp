// Gemma 3, text (2503.19786): five window layers to one that sees everything, each kind with a rope base of its own.
#include <cmath>

#include "model/families/metadata.h"
#include "model/families/registry.h"

namespace sotto::model {

Result<DecoderSpec> read_gemma3_spec(const gguf::File& file) {
  constexpr int kGlobalEvery = 6;
  Metadata metadata(file, "gemma3");
  DecoderSpec spec = metadata.decoder_spec();
  spec.activation = Activation::kGeluTanh;
  spec.embedding_scale = std::sqrt(static_cast<float>(spec.model_dim));
  spec.qk_norm = true;
  spec.post_norms = true;
  spec.rope_pairing = RopePairing::kHalves;
  spec.rope.theta = metadata.positive("rope.freq_base", 1e6f);
  spec.rope.position_scale = metadata.position_scale();
  spec.window_rope.theta = metadata.positive("rope.freq_base_swa", 10000.0f);
  spec.window = metadata.integer("attention.sliding_window", 1, 1 << 20);
  for (int l = 0; l < spec.n_layers; ++l) spec.windowed[static_cast<std::size_t>(l)] = (l + 1) % kGlobalEvery != 0;
  const bool is_27b = spec.n_layers == 62;  // its queries are scaled by the model's width a head
  if (is_27b)
    spec.attention_scale = 1.0f / std::sqrt(static_cast<float>(spec.model_dim) / static_cast<float>(spec.n_heads));
  return metadata.finish(spec);
}

WeightTable gemma3_weight_table() {
  using L = LayerWeights;
  WeightTable table = standard_weight_table();
  table.vectors.push_back({"attn_q_norm", &L::q_norm, Dim::kHead});
  table.vectors.push_back({"attn_k_norm", &L::k_norm, Dim::kHead});
  table.vectors.push_back({"post_attention_norm", &L::post_attention_norm, Dim::kModel});
  table.vectors.push_back({"post_ffw_norm", &L::post_ffn_norm, Dim::kModel});
  return table;
}

}  // namespace sotto::model
