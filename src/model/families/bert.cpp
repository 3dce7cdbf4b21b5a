// BERT (Devlin et al., 1810.04805) and the sentence encoders made of it (Reimers and Gurevych, 1908.10084): learned
// positions, GELU, layer norms behind attention and feed-forward.
#include "model/families/metadata.h"
#include "model/families/registry.h"

namespace sotto::model {

Result<EncoderSpec> read_bert_spec(const gguf::File& file) {
  Metadata metadata(file, "bert");
  EncoderSpec spec = metadata.encoder_spec();
  return metadata.finish(std::move(spec));
}

EncoderWeightTable bert_weight_table() {
  using L = EncoderLayer;
  return {
      .matrices = {{"attn_q.weight", &L::q, Dim::kModel, Dim::kModel},
                   {"attn_k.weight", &L::k, Dim::kModel, Dim::kModel},
                   {"attn_v.weight", &L::v, Dim::kModel, Dim::kModel},
                   {"attn_output.weight", &L::attention_out, Dim::kModel, Dim::kModel},
                   {"ffn_up.weight", &L::up, Dim::kFfn, Dim::kModel},
                   {"ffn_down.weight", &L::down, Dim::kModel, Dim::kFfn}},
      .vectors = {{"attn_q.bias", &L::q_bias, Dim::kModel},
                  {"attn_k.bias", &L::k_bias, Dim::kModel},
                  {"attn_v.bias", &L::v_bias, Dim::kModel},
                  {"attn_output.bias", &L::attention_out_bias, Dim::kModel},
                  {"attn_output_norm.weight", &L::attention_norm, Dim::kModel},
                  {"attn_output_norm.bias", &L::attention_norm_bias, Dim::kModel},
                  {"ffn_up.bias", &L::up_bias, Dim::kFfn},
                  {"ffn_down.bias", &L::down_bias, Dim::kModel},
                  {"layer_output_norm.weight", &L::ffn_norm, Dim::kModel},
                  {"layer_output_norm.bias", &L::ffn_norm_bias, Dim::kModel}},
  };
}

}  // namespace sotto::model
