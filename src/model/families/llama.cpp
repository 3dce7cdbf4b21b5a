// Llama 2 and 3 (2407.21783), and what is built like them: SmolLM2, Mistral (2310.06825), whose layers may see a
// window.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_llama_spec(const gguf::File& file) {
  Metadata metadata(file, "llama");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kInterleaved;
  metadata.read_window(spec, 0);
  return metadata.finish(spec);
}

}  // namespace sotto::model
