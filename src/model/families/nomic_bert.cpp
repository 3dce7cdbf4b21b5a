// nomic-embed-text (Nussbaum et al., 2402.01613): BERT with rotation in place of learned positions, a gated
// feed-forward, and no biases but those of the norms.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<EncoderSpec> read_nomic_bert_spec(const gguf::File& file) {
  Metadata metadata(file, "nomic-bert");
  EncoderSpec spec = metadata.encoder_spec();
  spec.n_token_types = metadata.rows("token_types.weight");
  spec.rope_dim = spec.head_dim;
  spec.rope.theta = metadata.positive("rope.freq_base", 10000.0f);
  return metadata.finish(std::move(spec));
}

EncoderWeightTable nomic_bert_weight_table() {
  using L = EncoderLayer;
  EncoderWeightTable table = standard_encoder_weight_table();
  table.embedding_norm = true;
  for (const char* apart : {"attn_q.weight", "attn_k.weight", "attn_v.weight"}) {
    std::erase_if(table.matrices, [&](const auto& entry) { return entry.name == apart; });
  }
  table.matrices.push_back(
      {"attn_qkv.weight", {{&L::q, Dim::kQuery}, {&L::k, Dim::kKeyValue}, {&L::v, Dim::kKeyValue}}, Dim::kModel});
  add_gate(table);
  add_sum_norms(table);
  return table;
}

}  // namespace sotto::model
