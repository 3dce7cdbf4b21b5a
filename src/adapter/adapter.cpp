#include "adapter/adapter.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/checksum.h"
#include "gguf/report.h"
#include "published/folder.h"

namespace sotto::adapter {
namespace {

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::uint64_t checksum_of(const Adapter& adapter) {
  base::Checksum checksum;
  for (const Change& change : adapter.changes) {
    const std::int64_t sizes[] = {change.rows, change.cols, change.rank};
    checksum.add(std::as_bytes(std::span(change.tensor)));
    checksum.add(std::as_bytes(std::span(sizes)));
    checksum.add(std::as_bytes(std::span(&change.scale, 1)));
    checksum.add(std::as_bytes(std::span(change.down)));
    checksum.add(std::as_bytes(std::span(change.up)));
  }
  return checksum.value();
}

}  // namespace

Result<void> check_change(const Change& change, const std::string& where, const gguf::File& model) {
  if (change.tensor == kEmbedding)
    return Unexpected(ErrorCode::kUnsupported,
                      where +
                          ": it changes the embedding of tokens, which this version does not do; train the adapter "
                          "without embed_tokens, or merge it where it was trained");
  const gguf::Tensor* tensor = model.tensor(change.tensor);
  if (tensor == nullptr)
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("{}: the model {} has no tensor {}; the adapter is for another model", where,
                                  model.path(), gguf::quote(change.tensor)));
  if (tensor->n_dims != 2)
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("{}: {} has {} dimensions in the model {}; only matrices can be changed, not experts "
                                  "or norms",
                                  where, change.tensor, tensor->n_dims, model.path()));
  const auto rows = static_cast<std::int64_t>(tensor->dims[1]), cols = static_cast<std::int64_t>(tensor->dims[0]);
  if (change.rows != rows || change.cols != cols)
    return Unexpected(
        ErrorCode::kBadFile,
        fmt::format("{}: it changes a matrix of {} rows and {} columns, and {} of the model {} has {} and "
                    "{}; the adapter is for another model",
                    where, change.rows, change.cols, change.tensor, model.path(), rows, cols));
  if (!std::isfinite(change.scale))
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("{}: its scale (alpha / rank) is {}; expected a finite number", where, change.scale));
  if (!all_finite(change.down) || !all_finite(change.up))
    return Unexpected(ErrorCode::kBadFile, where + ": it holds a number that is NaN or infinite; the file is damaged");
  return {};
}

Result<Adapter> read_adapter(const std::string& path, float strength, const gguf::File& model) {
  Result<Adapter> adapter = Adapter();
  if (published::is_folder(path)) {
    adapter = read_peft(path, model);
  } else {
    auto file = gguf::File::open(path);
    if (!file) {
      if (path.ends_with(".safetensors")) file.error().message += "; of a PEFT adapter, name the folder";
      return forward_error(file);
    }
    adapter = read_gguf(*file, model);
  }
  if (!adapter) return adapter;
  adapter->path = path;
  std::ranges::sort(adapter->changes, {}, &Change::tensor);
  for (Change& change : adapter->changes) {
    change.scale *= strength;
    if (!std::isfinite(change.scale))
      return Unexpected(ErrorCode::kBadRequest, fmt::format("{}: the scale {} is too great", path, strength));
  }
  adapter->checksum = checksum_of(*adapter);
  return adapter;
}

std::vector<Change> add_up(std::span<const Adapter> adapters) {
  std::map<std::string, std::vector<const Change*>> by_tensor;
  for (const Adapter& adapter : adapters) {
    for (const Change& change : adapter.changes) by_tensor[change.tensor].push_back(&change);
  }
  std::vector<Change> sums;
  for (const auto& [tensor, changes] : by_tensor) {
    Change sum{tensor, changes.front()->rows, changes.front()->cols, 0, 1, {}, {}};
    for (const Change* change : changes) {
      sum.rank += change->rank;
      sum.down.insert(sum.down.end(), change->down.begin(), change->down.end());
    }
    sum.up.reserve(static_cast<std::size_t>(sum.rows * sum.rank));
    for (std::int64_t row = 0; row < sum.rows; ++row) {
      for (const Change* change : changes) {
        const float* from = change->up.data() + row * change->rank;
        for (std::int64_t i = 0; i < change->rank; ++i) sum.up.push_back(from[i] * change->scale);
      }
    }
    sums.push_back(std::move(sum));
  }
  return sums;
}

}  // namespace sotto::adapter
