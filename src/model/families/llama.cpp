// Llama 2 and 3 (2407.21783), and what is built like them: SmolLM2, Mistral without a window.
#include "model/families/metadata.h"
#include "model/families/registry.h"

namespace sotto::model {

Result<DecoderSpec> read_llama_spec(const gguf::File& file) {
  Metadata metadata(file, "llama");
  DecoderSpec spec = metadata.decoder_spec();
  spec.activation = Activation::kSilu;
  spec.rope_pairing = RopePairing::kInterleaved;
  spec.rope.position_scale = metadata.position_scale();
  return metadata.finish(spec);
}

}  // namespace sotto::model
