#include "quantize/importance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gguf/report.h"

namespace sotto::quantize {
namespace {

constexpr std::string_view kSums = ".in_sum2", kCounts = ".counts";

Unexpected refuse_entry(const std::string& path, std::string_view tensor, const std::string& found,
                        const std::string& expected) {
  return Unexpected(ErrorCode::kBadFile, fmt::format("{}: tensor {}: found {}, expected {}; make the importance matrix "
                                                     "again (sotto imatrix)",
                                                     path, gguf::quote(tensor), found, expected));
}

// All values of a tensor of F32; their number is bounded by the file's bytes.
Result<std::vector<double>> numbers_of(const std::string& path, const gguf::Tensor& tensor) {
  if (tensor.type != gguf::TensorType::kF32) {
    return refuse_entry(path, tensor.name, std::string(gguf::type_info(tensor.type)->name), "F32");
  }
  std::vector<double> values(tensor.data.size() / sizeof(float));
  for (std::size_t i = 0; i < values.size(); ++i) {
    float value = 0;
    std::memcpy(&value, tensor.data.data() + i * sizeof value, sizeof value);
    if (!(value >= 0 && std::isfinite(value))) {
      return refuse_entry(path, tensor.name, fmt::format("{} at {}", value, i), "finite numbers of 0 or more");
    }
    values[i] = static_cast<double>(value);
  }
  return values;
}

std::string shape_text(const gguf::Tensor& tensor) {
  return fmt::format("[{}, {}, {}, {}]", tensor.dims[0], tensor.dims[1], tensor.dims[2], tensor.dims[3]);
}

ColumnWeights weights_from(std::uint64_t cols, const std::vector<double>& sums, const std::vector<double>& counts) {
  ColumnWeights weights{cols, counts.size(), std::vector<float>(sums.size(), 1.0f)};
  for (std::size_t part = 0; part < counts.size(); ++part) {
    const double* sum = sums.data() + part * cols;
    double total = 0;
    for (std::size_t i = 0; i < cols; ++i) total += sum[i];
    const double mean = total / static_cast<double>(cols);
    if (!(counts[part] > 0 && mean > 0)) continue;
    // Only ratios matter to a search, and in f32 none may overflow: the mean becomes 1.
    for (std::size_t i = 0; i < cols; ++i) {
      weights.values[part * cols + i] = static_cast<float>(std::max(sum[i] / mean, static_cast<double>(kLeastShare)));
    }
  }
  return weights;
}

}  // namespace

void ColumnWeights::fill(std::uint64_t first, std::uint64_t rows, std::size_t n, float* out) const {
  std::uint64_t row = first / cols, col = first % cols;
  for (std::size_t done = 0; done < n; ++row, col = 0) {
    const std::size_t count = std::min<std::uint64_t>(cols - col, n - done);
    const std::uint64_t part = n_parts > 1 ? row / rows : 0;
    std::memcpy(out + done, values.data() + part * cols + col, count * sizeof(float));
    done += count;
  }
}

Result<Importance> Importance::open(const std::string& path) {
  auto file = gguf::File::open(path);
  if (!file) return forward_error(file);
  return read(*file);
}

Result<Importance> Importance::read(const gguf::File& file) {
  Importance importance;
  importance.path_ = file.path();
  const auto type = file.string("general.type");
  if (!type) return Unexpected(type.error());
  if (!*type || **type != "imatrix") {
    return Unexpected(
        ErrorCode::kBadFile,
        fmt::format("{}: general.type: found {}, expected \"imatrix\"; give a file that sotto imatrix wrote, or "
                    "another program in that form",
                    file.path(), *type ? gguf::quote(**type) : "nothing"));
  }
  for (const gguf::Tensor& sums : file.tensors()) {
    if (!sums.name.ends_with(kSums)) continue;
    const std::string name(sums.name.substr(0, sums.name.size() - kSums.size()));
    const gguf::Tensor* counts = file.tensor(name + std::string(kCounts));
    if (counts == nullptr) return refuse_entry(file.path(), sums.name, "no tensor of its counts", name + ".counts");
    if (counts->n_values() != sums.n_rows() || counts->dims[0] != 1 || sums.dims[0] == 0 || sums.n_rows() == 0) {
      return refuse_entry(file.path(), counts->name, shape_text(*counts),
                          fmt::format("a count for each of the {} rows of sums", sums.n_rows()));
    }
    const auto sum_values = numbers_of(file.path(), sums);
    if (!sum_values) return Unexpected(sum_values.error());
    const auto count_values = numbers_of(file.path(), *counts);
    if (!count_values) return Unexpected(count_values.error());
    importance.add(name, sums.dims[0], *sum_values, *count_values);
  }
  if (importance.size() == 0) {
    return Unexpected(ErrorCode::kBadFile, fmt::format("{}: found no tensor whose name ends in .in_sum2, expected one "
                                                       "for each matrix; make the importance matrix again (sotto "
                                                       "imatrix)",
                                                       file.path()));
  }
  return importance;
}

void Importance::add(std::string name, std::uint64_t cols, const std::vector<double>& sums,
                     const std::vector<double>& counts) {
  weights_.insert_or_assign(std::move(name), weights_from(cols, sums, counts));
}

const ColumnWeights* Importance::find(std::string_view tensor) const {
  const auto found = weights_.find(tensor);
  return found == weights_.end() ? nullptr : &found->second;
}

Result<void> Importance::check(const gguf::File& model) const {
  for (const auto& [name, weights] : weights_) {
    const gguf::Tensor* tensor = model.tensor(name);
    const bool fits =
        tensor != nullptr && tensor->dims[0] == weights.cols && tensor->dims[2] * tensor->dims[3] == weights.n_parts;
    if (fits) continue;
    const std::string found = tensor == nullptr ? "no such tensor" : "one of shape " + shape_text(*tensor);
    return Unexpected(ErrorCode::kBadRequest,
                      fmt::format("{}: has {} columns of {} matrices for the tensor {}, and {} has {}; give the "
                                  "importance matrix of this model",
                                  path_, weights.cols, weights.n_parts, gguf::quote(name), model.path(), found));
  }
  return {};
}

}  // namespace sotto::quantize
