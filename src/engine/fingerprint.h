// Tells model files apart without reading them whole. Knows nothing of what the weights mean.
#pragma once

#include <cstdint>
#include <span>

#include "adapter/adapter.h"
#include "gguf/file.h"

namespace sotto::engine {

// A checksum of the file's size, of all that stands before the weights (metadata with the vocabulary, names, shapes and
// places of the tensors), and of 4,096 bytes in the middle of each tensor: of a model that was trained on, nearly every
// tensor has changed. Reads a few megabytes of a file of any size. Two files that differ only elsewhere look the same.
// Of a split model, what stands before the weights is the first part's. Throws std::bad_alloc.
std::uint64_t fingerprint(const gguf::File& file);

// Of a model that adapters change; with none, as above.
std::uint64_t fingerprint(const gguf::File& file, std::span<const adapter::Adapter> adapters);

}  // namespace sotto::engine
