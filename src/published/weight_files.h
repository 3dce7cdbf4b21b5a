// Which files of a published model hold its weights: one safetensors file, or several with an index. Formats whose
// reading runs code are refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "published/safetensors.h"
#include "sotto/result.h"

namespace sotto::published {

class WeightFiles {
 public:
  struct Found {
    const SafetensorsFile* file;
    const StoredTensor* tensor;
  };

  // Errors: kNotFound (no weights: says which names were looked for), kUnsupported (PyTorch's pickles, an adapter),
  // kBadFile (also: an index that names files outside of the folder, a tensor that stands twice or is missing), kIo.
  static Result<WeightFiles> open(const std::string& folder);

  const std::vector<SafetensorsFile>& files() const { return files_; }
  std::size_t n_tensors() const { return order_.size(); }
  Found at(std::size_t index) const;  // by name, ascending

 private:
  Result<void> index_names();

  std::vector<SafetensorsFile> files_;
  std::vector<std::pair<std::size_t, std::size_t>> order_;  // file and tensor
};

// Why a folder cannot be imported whose only weights are PyTorch's pickles; nothing for any other folder.
std::optional<Error> refuse_pickles(const std::string& folder);

}  // namespace sotto::published
