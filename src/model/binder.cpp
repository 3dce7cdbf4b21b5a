#include "model/binder.h"

#include <fmt/format.h>

#include "kernels/dequantize.h"

namespace sotto::model {

const gguf::Tensor* Binder::find(const std::string& name, std::int64_t cols, std::int64_t rows, bool optional) {
  if (failed()) return nullptr;
  const gguf::Tensor* tensor = file_.tensor(name);
  if (tensor == nullptr && optional) return nullptr;
  if (tensor == nullptr) {
    error_ = {ErrorCode::kBadFile,
              fmt::format("{}: tensor {}: missing, expected [{}, {}]; the file is incomplete or of "
                          "another architecture than it says",
                          file_.path(), name, cols, rows)};
    return nullptr;
  }
  bound_.insert(tensor->name);
  if (tensor->dims[0] == static_cast<std::uint64_t>(cols) && tensor->n_rows() == static_cast<std::uint64_t>(rows))
    return tensor;
  error_ = {ErrorCode::kBadFile,
            fmt::format("{}: tensor {}: shape [{}, {}], expected [{}, {}] from the file's metadata", file_.path(), name,
                        tensor->dims[0], tensor->n_rows(), cols, rows)};
  return nullptr;
}

void Binder::ignore(const std::string& name) {
  if (const gguf::Tensor* tensor = file_.tensor(name)) bound_.insert(tensor->name);
}

void Binder::take(const gguf::Tensor& tensor, ops::Rows rows, ops::Matrix& out, ops::Layout layout) {
  out = ops::Matrix(file_, tensor, rows, packed_ ? layout : ops::Layout::kFile);
  if (out.packed_bytes() > 0) to_pack_.push_back(&out);
  const auto found = changes_.find(tensor.name);
  if (found == changes_.end() || layout != ops::Layout::kPanels) return;
  const adapter::Change& change = *found->second;
  made_changes_.push_back(std::make_unique<const ops::LowRank>(change.down.data(), change.up.data(), change.rank,
                                                               change.cols, rows.first, rows.count));
  out.set_change(made_changes_.back().get());
  changed_.insert(tensor.name);
}

void Binder::set_changes(std::span<const adapter::Change> changes) {
  for (const adapter::Change& change : changes) changes_.emplace(change.tensor, &change);
}

void Binder::refuse_left_changes() {
  for (const auto& [tensor, change] : changes_) {
    if (failed() || changed_.contains(tensor)) continue;
    error_ = {ErrorCode::kUnsupported,
              fmt::format("{}: an adapter changes {}, which cannot be changed while the model runs; sotto merge makes "
                          "a model of both",
                          file_.path(), tensor)};
  }
}

void Binder::matrix(const std::string& name, std::int64_t rows, std::int64_t cols, ops::Matrix& out,
                    ops::Layout layout) {
  const gguf::Tensor* tensor = find(name, cols, rows);
  if (tensor != nullptr) take(*tensor, {0, rows}, out, layout);
}

void Binder::vector(const std::string& name, std::int64_t size, std::vector<float>& out, bool optional,
                    std::int64_t rows) {
  const gguf::Tensor* tensor = find(name, size, rows, optional);
  if (tensor == nullptr) return;
  out.resize(static_cast<std::size_t>(size * rows));
  kernels::dequantize_row(static_cast<std::uint32_t>(tensor->type), tensor->data.data(), out.data(), size * rows);
  file_.drop(tensor->data);
}

void Binder::ignore_all(const std::string& prefix) {
  for (const gguf::Tensor& tensor : file_.tensors()) {
    if (tensor.name.starts_with(prefix)) bound_.insert(tensor.name);
  }
}

void Binder::refuse_leftovers() {
  for (const gguf::Tensor& tensor : file_.tensors()) {
    if (failed() || bound_.contains(tensor.name)) continue;
    error_ = {ErrorCode::kUnsupported,
              fmt::format("{}: tensor {}: this version does not know what to do with it, and an answer "
                          "without it would be wrong",
                          file_.path(), tensor.name)};
  }
}

Result<packed::Panels> Binder::pack(const packed::Options& options, base::ThreadPool& pool) const {
  return packed::provide(file_, to_pack_, options, pool);
}

}  // namespace sotto::model
