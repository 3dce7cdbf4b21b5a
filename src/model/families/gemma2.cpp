// Gemma 2 (2408.00118): every second layer sees a window; scores and logits are capped.
#include <cmath>

#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_gemma2_spec(const gguf::File& file) {
  constexpr int kGlobalEvery = 2, kWindow = 4096;
  Metadata metadata(file, "gemma2");
  DecoderSpec spec = metadata.decoder_spec();
  spec.activation = Activation::kGeluTanh;
  spec.embedding_scale = std::sqrt(static_cast<float>(spec.model_dim));
  spec.post_norms = true;
  spec.rope_pairing = RopePairing::kHalves;
  spec.score_cap = metadata.positive("attn_logit_softcapping", 50.0f);
  spec.logit_cap = metadata.positive("final_logit_softcapping", 30.0f);
  metadata.read_window(spec, kGlobalEvery, kWindow);
  const bool is_27b = spec.n_layers == 46;  // its queries are scaled by the model's width a head
  if (is_27b && !metadata.has("attention.scale"))
    spec.attention_scale = 1.0f / std::sqrt(static_cast<float>(spec.model_dim) / static_cast<float>(spec.n_heads));
  return metadata.finish(spec);
}

WeightTable gemma2_weight_table() {
  WeightTable table = standard_weight_table();
  add_post_norms(table);
  return table;
}

}  // namespace sotto::model
