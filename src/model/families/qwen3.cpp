// Qwen 3 (2505.09388): the heads of queries and keys are normed; of the larger ones each token takes some experts.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {
namespace {

DecoderSpec read_common(Metadata& metadata) {
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kHalves;
  spec.qk_norm = QkNorm::kHead;
  metadata.read_window(spec, 0);
  return spec;
}

}  // namespace

Result<DecoderSpec> read_qwen3_spec(const gguf::File& file) {
  Metadata metadata(file, "qwen3");
  return metadata.finish(read_common(metadata));
}

WeightTable qwen3_weight_table() {
  WeightTable table = standard_weight_table();
  add_qk_norms(table, Dim::kHead, Dim::kHead);
  return table;
}

Result<DecoderSpec> read_qwen3moe_spec(const gguf::File& file) {
  Metadata metadata(file, "qwen3moe");
  DecoderSpec spec = read_common(metadata);
  metadata.read_experts(spec);
  spec.experts.sum_to_1 = true;
  return metadata.finish(spec);
}

WeightTable qwen3moe_weight_table() {
  WeightTable table = qwen3_weight_table();
  use_experts(table);
  return table;
}

}  // namespace sotto::model
