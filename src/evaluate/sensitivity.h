// Which type each tensor of a model gets under a budget of bits: what the model loses when a few tensors alone are
// quantized is measured, and what each type of each would lose is in proportion to its weighted squared error
// (docs/decisions/0018-mixed-types.md).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate/models.h"
#include "gguf/tensor_type.h"
#include "quantize/importance.h"
#include "sotto/result.h"

namespace sotto::evaluate {

struct MixedTypes {
  std::map<std::string, gguf::TensorType> types;  // of every matrix that a quantized file would have
  double expected_kld = 0;                        // in nats, of the tensors' losses added up
  double bits_per_weight = 0;                     // of these matrices
  std::vector<std::string> unread;                // those that the model leaves out: the smallest type costs nothing
};

struct MixOptions {
  double bits = 0;                                   // a weight of these matrices, at most
  const quantize::Importance* importance = nullptr;  // weights of the search; nullptr: all values count alike
  EvalOptions eval;                                  // n_tokens: how much of the text is measured on
};

// The importance matrix of the model at `path` over the beginning of the text. Errors: as write_importance().
Result<quantize::Importance> importance_of(const std::string& path, std::string_view text, const EvalOptions& options);

// One forward pass over the text for each group of tensors; reference logits [n_tokens, n_vocab] are kept. Errors:
// those of opening a model; kBadRequest (fewer bits than the smallest types have; a short text), kUnsupported (a model
// whose weights cannot be replaced), kBadFile (logits or weights that are no numbers), kCancelled.
Result<MixedTypes> choose_types(const std::string& path, std::string_view text, const MixOptions& options);

}  // namespace sotto::evaluate
