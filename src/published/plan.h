// From the tensors of a published model to those of a GGUF file: which parts of which go where, checked before anything
// is written.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/tensor_type.h"
#include "published/configuration.h"
#include "published/weight_files.h"
#include "sotto/result.h"

namespace sotto::published {

struct PlannedTensor {
  std::string name;
  gguf::TensorType type;
  std::vector<std::uint64_t> dims;        // as GGUF has them: a row's length first
  std::vector<WeightFiles::Found> parts;  // one behind the other; empty: `values`
  Change change = Change::kNone;
  std::uint64_t head_rows = 0;                               // rows of one head, for kPairs
  std::uint64_t n_blocks = 0, n_groups = 0, value_rows = 0;  // of tiles: heads of values, key heads, rows of the former
  std::vector<float> values;                                 // of a tensor that no file holds

  // Rows of a block that is tiled.
  std::uint64_t tiled_rows(std::uint64_t n_rows) const { return n_rows >= n_blocks * value_rows ? value_rows : 1; }
};

// Of a safetensors' dtype that is one of weights.
std::optional<gguf::TensorType> weight_type(std::string_view dtype);

enum class WeightType { kAsPublished, kF32, kF16, kBF16 };

struct Plan {
  std::vector<PlannedTensor> tensors;
  gguf::TensorType matrices;          // the type that most weights have
  std::vector<std::string> left_out;  // groups of published tensors that a text model does not need
  std::deque<StoredTensor> slices;    // of tensors that hold several: parts point to them
};

// Vectors become F32, matrices what `type` says: what is published in most of them, or the same for all. `weights` must
// outlive the plan. Errors: kBadFile (a tensor is missing or of another shape than config.json says), kUnsupported (a
// tensor that nothing here knows, a type that is no type of weights).
Result<Plan> make_plan(const Configuration& configuration, const WeightFiles& weights, WeightType type,
                       const std::string& folder);

// What GGUF files of an architecture call a published tensor, and what becomes of its rows.
struct Target {
  std::string name;
  Change change = Change::kNone;
  bool part = false;  // it is one of several that become one tensor
};

// published_name: with or without what stands before the names of the tables. Nothing when no family of the
// architecture has it.
std::optional<Target> find_target(std::string_view architecture, std::string_view published_name);

}  // namespace sotto::published
