// Granite 3: a Llama whose embeddings, scores, residuals and logits are scaled (after Yang et al., 2203.03466).
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_granite_spec(const gguf::File& file) {
  Metadata metadata(file, "granite");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kInterleaved;
  spec.embedding_scale = metadata.positive("embedding_scale", 1.0f);
  spec.residual_scale = metadata.positive("residual_scale", 1.0f);
  spec.logit_scale = 1.0f / metadata.positive("logit_scale", 1.0f);
  return metadata.finish(spec);
}

}  // namespace sotto::model
