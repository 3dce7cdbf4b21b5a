// Reads a family's metadata keys, checked, keeping the first failure.
#pragma once

#include <string>
#include <string_view>

#include "gguf/file.h"
#include "model/spec.h"
#include "sotto/result.h"

namespace sotto::model {

class Metadata {
 public:
  // Keys are given without the architecture: "block_count" is read as "<architecture>.block_count".
  Metadata(const gguf::File& file, std::string architecture);

  // An integer in [least, most]. The first form is required, the second has a fallback.
  int integer(std::string_view key, int least, int most);
  int integer(std::string_view key, int least, int most, int fallback);
  // A finite number above zero.
  float positive(std::string_view key);
  float positive(std::string_view key, float fallback);
  std::string text(std::string_view key, std::string_view fallback);
  // What positions are multiplied by: 1, or 1 / rope.scaling.factor when the scaling is linear (other kinds fail).
  float position_scale();

  // The keys that all decoders have: sizes, heads, context, norm epsilon, rope_theta.
  DecoderSpec decoder_spec();

  // The spec, or the first failure.
  Result<DecoderSpec> finish(DecoderSpec spec);

 private:
  std::string full(std::string_view key) const { return architecture_ + "." + std::string(key); }
  void fail(const std::string& key, const std::string& what, ErrorCode code = ErrorCode::kBadFile);

  const gguf::File& file_;
  std::string architecture_;
  Error error_{};
};

}  // namespace sotto::model
