// SmolLM3: a Llama of which every fourth layer does not rotate its heads (Yang et al., 2501.18795).
#include "model/families/families.h"
#include "model/families/metadata.h"

namespace sotto::model {

Result<DecoderSpec> read_smollm3_spec(const gguf::File& file) {
  constexpr int kUnrotatedEvery = 4;
  Metadata metadata(file, "smollm3");
  DecoderSpec spec = metadata.decoder_spec();
  spec.rope_pairing = RopePairing::kInterleaved;
  for (int l = 0; l < spec.n_layers; ++l) spec.unrotated.push_back((l + 1) % kUnrotatedEvery == 0);
  return metadata.finish(spec);
}

}  // namespace sotto::model
