// Gemma 4, text: as Gemma 3, with heads of another width in layers that see everything, of which only a part turns;
// values are normed, and may be the keys; the last layers share keys and values; each layer has an input of its own.
#include <cmath>

#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_gemma4_spec(const gguf::File& file) {
  constexpr int kGlobalEvery = 6;
  Metadata metadata(file, "gemma4");
  DecoderSpec spec = metadata.decoder_spec();
  spec.activation = Activation::kGeluTanh;
  spec.embedding_scale = std::sqrt(static_cast<float>(spec.model_dim));
  spec.attention_scale = metadata.positive("attention.scale", 1.0f);
  spec.qk_norm = QkNorm::kHead;
  spec.value_norm = true;
  spec.post_norms = true;
  spec.rope_pairing = RopePairing::kHalves;
  spec.logit_cap = metadata.not_negative("final_logit_softcapping", 30.0f);
  metadata.read_window(spec, kGlobalEvery);
  metadata.read_window_heads(spec);
  spec.window_rope = {.theta = metadata.positive("rope.freq_base_swa", 10000.0f)};
  metadata.read_sharing(spec);
  metadata.read_layer_inputs(spec);
  return metadata.finish(std::move(spec));
}

WeightTable gemma4_weight_table() {
  using L = LayerWeights;
  WeightTable table = standard_weight_table();
  for (auto& entry : table.matrices) entry.optional = entry.name == "attn_v.weight";
  add_qk_norms(table, Dim::kHead, Dim::kKeyHead);
  add_post_norms(table);
  table.vectors.push_back({"layer_output_scale.weight", &L::output_scale, Dim::kOne, true});
  return table;
}

}  // namespace sotto::model
