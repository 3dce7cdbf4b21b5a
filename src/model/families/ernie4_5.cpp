// ERNIE 4.5, the models without experts: a Llama whose published rows already stand in pairs (Su et al., 2104.09864).
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_ernie4_5_spec(const gguf::File& file) {
  Metadata metadata(file, "ernie4_5");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kInterleaved;
  return metadata.finish(std::move(spec));
}

}  // namespace sotto::model
