// StableLM 2 (2402.17834): layer norms with a bias, and only a part of each head is rotated.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_stablelm_spec(const gguf::File& file) {
  Metadata metadata(file, "stablelm");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kHalves;
  metadata.refuse_flag("use_parallel_residual", "attention and feed-forward side by side are not supported");
  return metadata.finish(spec);
}

WeightTable stablelm_weight_table() {
  using L = LayerWeights;
  WeightTable table = standard_weight_table();
  table.layer_norm = true;
  table.vectors.push_back({"attn_norm.bias", &L::attention_norm_bias, Dim::kModel});
  table.vectors.push_back({"ffn_norm.bias", &L::ffn_norm_bias, Dim::kModel});
  return table;
}

}  // namespace sotto::model
