// Ministral 3 (2601.08584) and Mistral Small 3.1, text: a Llama whose context YaRN extends, and whose queries grow with
// their position.
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_mistral3_spec(const gguf::File& file) {
  Metadata metadata(file, "mistral3");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kInterleaved;
  metadata.read_window(spec, 0);
  metadata.read_query_growth(spec);
  return metadata.finish(std::move(spec));
}

}  // namespace sotto::model
