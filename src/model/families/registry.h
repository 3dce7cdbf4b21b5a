// The families that Sotto knows: how each one's metadata becomes a DecoderSpec, or an EncoderSpec. A new family is one
// file beside this, its declarations in families.h and its line in registry.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gguf/file.h"
#include "model/encoder_weights.h"
#include "model/spec.h"
#include "model/weights.h"
#include "sotto/result.h"

namespace sotto::model {

struct Family {
  std::string_view architecture;  // general.architecture
  Result<DecoderSpec> (*read_spec)(const gguf::File& file);
  WeightTable (*weight_table)();
};

struct EncoderFamily {
  std::string_view architecture;
  Result<EncoderSpec> (*read_spec)(const gguf::File& file);
  EncoderWeightTable (*weight_table)();
};

// Errors: kUnsupported, naming the architecture found and the ones known; or that it is one of the other kind.
Result<const Family*> find_family(const gguf::File& file);
Result<const EncoderFamily*> find_encoder_family(const gguf::File& file);

// Whether the file's architecture is one of these: for embeddings, and not for answers.
bool is_encoder(const gguf::File& file);

}  // namespace sotto::model
