// OLMo 2 (2501.00656): norms stand behind attention and feed-forward instead of before; all query heads are normed
// together.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_olmo2_spec(const gguf::File& file) {
  Metadata metadata(file, "olmo2");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kHalves;
  spec.qk_norm = QkNorm::kAll;
  spec.pre_norms = false;
  spec.post_norms = true;
  metadata.read_window(spec, 4);
  return metadata.finish(spec);
}

WeightTable olmo2_weight_table() {
  WeightTable table = standard_weight_table();
  std::erase_if(table.vectors, [](const VectorEntry& entry) {
    return entry.member == &LayerWeights::attention_norm || entry.member == &LayerWeights::ffn_norm;
  });
  add_qk_norms(table, Dim::kQuery, Dim::kKeyValue);
  add_post_norms(table);
  return table;
}

}  // namespace sotto::model
