// LFM2 (2511.23404): most layers are a gated short convolution, the others grouped-query attention with normed heads.
#include <algorithm>

#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_lfm2_spec(const gguf::File& file) {
  Metadata metadata(file, "lfm2");
  DecoderSpec spec = metadata.decoder_spec();
  metadata.read_mixers(spec, Mixer::kShortConv);
  metadata.refuse_uncausal();
  spec.conv_tokens = metadata.integer("shortconv.l_cache", 2, 64);
  spec.qk_norm = QkNorm::kHead;
  spec.rope_pairing = RopePairing::kHalves;
  return metadata.finish(spec);
}

WeightTable lfm2_weight_table() {
  using L = LayerWeights;
  WeightTable table = standard_weight_table();
  table.output_norm = "token_embd_norm";
  add_qk_norms(table, Dim::kHead, Dim::kHead);
  table.matrices.push_back({"shortconv.in_proj.weight", {{&L::mix_in, Dim::kMixIn}}, Dim::kModel});
  table.matrices.push_back({"shortconv.out_proj.weight", {{&L::mix_out, Dim::kModel}}, Dim::kMix});
  table.vectors.push_back({"shortconv.conv.weight", &L::conv, Dim::kConvTokens, false, Dim::kConv});
  return table;
}

}  // namespace sotto::model
