// How positions rotate: from either spelling of config.json ("rope_scaling" and "rope_theta", or "rope_parameters") to
// GGUF keys and the tensors that hold factors.
#pragma once

#include <string>
#include <vector>

#include "published/family.h"

namespace sotto::published {

// A tensor that no file holds: it is computed from the configuration.
struct MadeTensor {
  std::string name;
  std::vector<float> values;
};

// Writes the keys; refuses, through `fields`, kinds of scaling that the family's GGUF files have no keys for.
std::vector<MadeTensor> write_rope(Fields& fields, const Family& family, const Sizes& sizes, gguf::Writer& writer);

}  // namespace sotto::published
