// Qwen 2 and 2.5 (2407.10671, 2412.15115): queries, keys and values have a bias.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_qwen2_spec(const gguf::File& file) {
  Metadata metadata(file, "qwen2");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kHalves;
  metadata.read_window(spec, 0);
  return metadata.finish(spec);
}

WeightTable qwen2_weight_table() {
  WeightTable table = standard_weight_table();
  for (VectorEntry& entry : table.vectors) {
    if (entry.member != &LayerWeights::attention_out_bias) entry.optional = false;
  }
  return table;
}

}  // namespace sotto::model
