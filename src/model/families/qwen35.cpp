// Qwen 3.5, the dense text models: three layers of the gated delta rule to one with attention, whose heads are normed,
// rotated in part and gated.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_qwen35_spec(const gguf::File& file) {
  constexpr int kAttentionEvery = 4;
  Metadata metadata(file, "qwen35");
  DecoderSpec spec = metadata.decoder_spec();
  metadata.read_delta_rule(spec, kAttentionEvery);
  spec.qk_norm = QkNorm::kHead;
  spec.output_gate = true;
  spec.rope_pairing = RopePairing::kHalves;
  return metadata.finish(spec);
}

WeightTable qwen35_weight_table() {
  using L = LayerWeights;
  WeightTable table = standard_weight_table();
  table.matrices = {{"attn_q.weight", {{&L::q, Dim::kQueryAndGate}}, Dim::kModel},
                    {"attn_k.weight", {{&L::k, Dim::kKeyValue}}, Dim::kModel},
                    {"attn_v.weight", {{&L::v, Dim::kKeyValue}}, Dim::kModel},
                    {"attn_output.weight", {{&L::attention_out, Dim::kModel}}, Dim::kQuery},
                    {"attn_qkv.weight", {{&L::mix_in, Dim::kMixIn}}, Dim::kModel},
                    {"attn_gate.weight", {{&L::mix_gate, Dim::kMix}}, Dim::kModel},
                    {"ssm_alpha.weight", {{&L::alpha, Dim::kDeltaHeads}}, Dim::kModel},
                    {"ssm_beta.weight", {{&L::beta, Dim::kDeltaHeads}}, Dim::kModel},
                    {"ssm_out.weight", {{&L::mix_out, Dim::kModel}}, Dim::kMix}};
  table.vectors = {{"attn_norm.weight", &L::attention_norm, Dim::kModel},
                   {"post_attention_norm.weight", &L::ffn_norm, Dim::kModel},
                   {"ssm_conv1d.weight", &L::conv, Dim::kConvTokens, false, Dim::kConv},
                   {"ssm_a", &L::decay, Dim::kDeltaHeads},
                   {"ssm_dt.bias", &L::dt_bias, Dim::kDeltaHeads},
                   {"ssm_norm.weight", &L::mix_norm, Dim::kDeltaValue}};
  add_qk_norms(table, Dim::kHead, Dim::kHead);
  return table;
}

}  // namespace sotto::model
