// Gemma 3, text (2503.19786): five window layers to one that sees everything, each kind with a rope base of its own.
#include <cmath>

#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_gemma3_spec(const gguf::File& file) {
  constexpr int kGlobalEvery = 6;
  Metadata metadata(file, "gemma3");
  DecoderSpec spec = metadata.decoder_spec();
  spec.activation = Activation::kGeluTanh;
  spec.embedding_scale = std::sqrt(static_cast<float>(spec.model_dim));
  spec.qk_norm = QkNorm::kHead;
  spec.post_norms = true;
  spec.rope_pairing = RopePairing::kHalves;
  spec.logit_cap = metadata.not_negative("final_logit_softcapping", 0.0f);
  metadata.read_window(spec, kGlobalEvery);
  spec.rope.theta = metadata.positive("rope.freq_base", 1e6f);
  spec.window_rope = {.theta = metadata.positive("rope.freq_base_swa", 10000.0f)};
  const bool is_27b = spec.n_layers == 62;  // its queries are scaled by the model's width a head
  if (is_27b && !metadata.has("attention.scale"))
    spec.attention_scale = 1.0f / std::sqrt(static_cast<float>(spec.model_dim) / static_cast<float>(spec.n_heads));
  return metadata.finish(spec);
}

WeightTable gemma3_weight_table() {
  WeightTable table = standard_weight_table();
  add_qk_norms(table, Dim::kHead, Dim::kHead);
  add_post_norms(table);
  return table;
}

}  // namespace sotto::model
