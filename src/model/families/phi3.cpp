// Phi-3, Phi-3.5 and Phi-4 mini (2404.14219, 2503.01743): q, k and v in one matrix, gate and up in another; LongRoPE.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_phi3_spec(const gguf::File& file) {
  Metadata metadata(file, "phi3");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kHalves;
  metadata.read_window(spec, 0);
  return metadata.finish(spec);
}

WeightTable phi3_weight_table() {
  using L = LayerWeights;
  using F = FeedForward;
  WeightTable table = standard_weight_table();
  table.matrices = {
      {"attn_qkv.weight", {{&L::q, Dim::kQuery}, {&L::k, Dim::kKeyValue}, {&L::v, Dim::kKeyValue}}, Dim::kModel},
      {"attn_output.weight", {{&L::attention_out, Dim::kModel}}, Dim::kQuery}};
  table.feed_forward = {{"ffn_up.weight", {{&F::gate, Dim::kFfn}, {&F::up, Dim::kFfn}}, Dim::kModel},
                        {"ffn_down.weight", {{&F::down, Dim::kModel}}, Dim::kFfn}};
  return table;
}

}  // namespace sotto::model
