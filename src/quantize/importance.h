// An importance matrix: for each column of each matrix, the mean square of the activations that it is multiplied with.
// Read from llama.cpp's GGUF form (general.type is "imatrix"), which is hostile input. Knows nothing of running models.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/file.h"
#include "sotto/result.h"

namespace sotto::quantize {

// Of one tensor.
struct ColumnWeights {
  std::uint64_t cols = 0, n_parts = 0;  // n_parts: experts, that stand one after another in the tensor; else 1
  std::vector<float> values;            // [n_parts, cols], above 0

  // Puts the weights of `n` values of the tensor from `first` on; rows: of a part.
  void fill(std::uint64_t first, std::uint64_t rows, std::size_t n, float* out) const;
};

// A column that never saw a value above 0 would cost nothing, whatever it became: it weighs this share of its part's
// mean instead. A part that saw nothing at all weighs 1 throughout.
inline constexpr float kLeastShare = 1e-4f;

class Importance {
 public:
  // Errors: those of File::open; kBadFile (another general.type; a tensor without its counts, of another type or shape;
  // a sum or count that is negative or no finite number), naming file and tensor.
  static Result<Importance> open(const std::string& path);
  static Result<Importance> read(const gguf::File& file);

  // From sums of squares [n_parts, cols] and how many rows each part saw [n_parts].
  void add(std::string name, std::uint64_t cols, const std::vector<double>& sums, const std::vector<double>& counts);

  const ColumnWeights* find(std::string_view tensor) const;  // nullptr when absent
  std::size_t size() const { return weights_.size(); }
  // Errors: kBadRequest (a tensor that `model` does not have, or of another shape), naming both files.
  Result<void> check(const gguf::File& model) const;

 private:
  std::string path_;
  std::map<std::string, ColumnWeights, std::less<>> weights_;
};

}  // namespace sotto::quantize
