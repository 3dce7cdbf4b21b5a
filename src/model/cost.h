// How much arithmetic and reading a forward pass takes, counted from the file and the spec: what a measured time is
// held to. Knows nothing of how it is computed.
#pragma once

#include <cstdint>

#include "gguf/file.h"
#include "model/spec.h"

namespace sotto::model {

// For each token, whatever stands in the cache.
struct WeightCost {
  std::uint64_t block_macs = 0;   // multiply-adds of the matrices of all layers
  std::uint64_t head_macs = 0;    // of the vocabulary head, where logits are asked for
  std::uint64_t block_bytes = 0;  // of those matrices in the file
  std::uint64_t head_bytes = 0;
};
WeightCost weight_cost(const gguf::File& file);

// Multiply-adds of queries with keys and of weights with values, for `n_tokens` after `depth`; a window layer counts
// what its window holds, and a layer without attention its convolution and its state's steps.
std::uint64_t attention_macs(const DecoderSpec& spec, int n_tokens, int depth);

}  // namespace sotto::model
