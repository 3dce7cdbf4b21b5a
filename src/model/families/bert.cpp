// BERT (Devlin et al., 1810.04805) and the sentence encoders made of it (Reimers and Gurevych, 1908.10084): learned
// positions, GELU, layer norms behind attention and feed-forward.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<EncoderSpec> read_bert_spec(const gguf::File& file) {
  Metadata metadata(file, "bert");
  EncoderSpec spec = metadata.encoder_spec();
  spec.learned_positions = true;
  spec.n_token_types = metadata.rows("token_types.weight");
  return metadata.finish(std::move(spec));
}

EncoderWeightTable bert_weight_table() {
  using L = EncoderLayer;
  EncoderWeightTable table = standard_encoder_weight_table();
  table.embedding_norm = true;
  table.vectors = {
      {"attn_q.bias", &L::q_bias, Dim::kQuery},    {"attn_k.bias", &L::k_bias, Dim::kKeyValue},
      {"attn_v.bias", &L::v_bias, Dim::kKeyValue}, {"attn_output.bias", &L::attention_out_bias, Dim::kModel},
      {"ffn_up.bias", &L::up_bias, Dim::kFfn},     {"ffn_down.bias", &L::down_bias, Dim::kModel}};
  add_sum_norms(table);
  return table;
}

}  // namespace sotto::model
