// config.json of a published model: its family, its sizes, and the metadata that a GGUF file has for it.
#pragma once

#include <string>
#include <vector>

#include "gguf/writer.h"
#include "published/family.h"
#include "published/rope.h"
#include "sotto/result.h"

namespace sotto::published {

struct Configuration {
  const Family* family = nullptr;
  Sizes sizes;
  std::vector<Sizes> layers;        // where they differ; empty: as `sizes`
  Json object;                      // config.json, with the fields of its text part on top
  std::vector<MadeTensor> tensors;  // that are computed from it
  bool tied = false;                // the head is the embedding
  std::vector<std::string> unread;  // fields that nothing here knows

  const Sizes& of_layer(std::uint64_t layer) const { return layer < layers.size() ? layers[layer] : sizes; }
};

// Reads `<folder>/config.json` and writes the architecture's keys. Errors: kNotFound, kIo, kBadFile, kUnsupported (a
// family, a quantization or a value that GGUF files cannot express; names it).
Result<Configuration> read_configuration(const std::string& folder, gguf::Writer& writer);

}  // namespace sotto::published
