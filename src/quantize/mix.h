// What a file type such as Q4_K_M is made of: which tensor gets which type, as tables.
// Knows names of tensors and nothing of what they compute.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gguf/tensor.h"

namespace sotto::quantize {

// The layers of a model that a rule means.
enum class Layers {
  kAll,
  kFirst2,
  kFirst4,
  kFirst16th,
  kFirst8th,
  kOuterAndThirds,  // the first and the last eighth, and every third between
};

// Tensors whose name goes on with `role` after "blk.N.", in some layers, get a type of their own.
struct Rule {
  std::string_view role;
  Layers layers;
  gguf::TensorType type;
  unsigned least_sharing = 1;  // only where so many query heads share a key and value head
};

struct FileType {
  std::string_view name;        // "Q4_K_M"
  std::uint32_t number;         // general.file_type
  gguf::TensorType base;        // what most matrices become
  std::span<const Rule> rules;  // the first that fits counts
  bool quantized() const;
};

std::span<const FileType> file_types();
const FileType* find_file_type(std::string_view name);  // in any case; nullptr when there is none
std::string file_type_names();                          // "Q8_0, Q6_K, …"

// What the choice depends on besides the tensor.
struct ModelShape {
  unsigned n_layers = 0;   // 0: not said; only rules for all layers hold then
  unsigned sharing = 1;    // query heads for each key and value head
  bool tied_head = false;  // the embedding is the vocabulary head as well
};

// The type a tensor gets; nothing when it stays as it is: vectors, norms, routers and other small tensors that a model
// is sensitive to. A row that is no whole number of the type's blocks gets a type with smaller blocks.
std::optional<gguf::TensorType> choose_type(const FileType& file_type, const ModelShape& shape,
                                            const gguf::Tensor& tensor);

}  // namespace sotto::quantize
