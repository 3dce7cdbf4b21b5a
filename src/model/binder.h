// Binds one file's tensors to matrices and vectors: the first failure is kept, and what follows does nothing. Knows no
// architecture.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "adapter/adapter.h"
#include "base/thread_pool.h"
#include "gguf/file.h"
#include "model/packed/panels.h"
#include "ops/matrix.h"
#include "sotto/result.h"

namespace sotto::model {

class Binder {
 public:
  // `packed`: matrices become what ops::Layout says; otherwise they stay in the file. `file` must outlive what is
  // bound.
  Binder(const gguf::File& file, bool packed) : file_(file), packed_(packed) {}

  // Adapters' changes of the file's tensors, for the matrices that are bound from now on; they must outlive the binder.
  void set_changes(std::span<const adapter::Change> changes);

  // The tensor, where it has this shape; kBadFile otherwise, naming both. nullptr where an optional one is not there.
  const gguf::Tensor* find(const std::string& name, std::int64_t cols, std::int64_t rows, bool optional = false);

  // The tensor may be there and changes nothing.
  void ignore(const std::string& name);

  // Some rows of a tensor as a matrix.
  void take(const gguf::Tensor& tensor, ops::Rows rows, ops::Matrix& out, ops::Layout layout);

  // A whole tensor. layout: what becomes of it when matrices are packed.
  void matrix(const std::string& name, std::int64_t rows, std::int64_t cols, ops::Matrix& out,
              ops::Layout layout = ops::Layout::kPanels);
  void vector(const std::string& name, std::int64_t size, std::vector<float>& out, bool optional = false,
              std::int64_t rows = 1);  // one after another

  // Tensors whose name begins so may be there and change nothing.
  void ignore_all(const std::string& prefix);

  // kUnsupported for a tensor that nothing bound: it changes what the model computes, and running without it would be
  // silently wrong.
  void refuse_leftovers();

  // kUnsupported for a tensor that an adapter changes and that was bound to nothing which can be changed.
  void refuse_left_changes();
  // What the matrices' changes are; they must stay.
  std::vector<std::unique_ptr<const ops::LowRank>> take_changes() { return std::move(made_changes_); }

  // The matrices must stand where they were bound. Errors: those of options.may_pack and may_go_on.
  Result<packed::Panels> pack(const packed::Options& options, base::ThreadPool& pool) const;

  bool failed() const { return !error_.message.empty(); }
  Error take_error() { return std::move(error_); }

 private:
  const gguf::File& file_;
  bool packed_;
  std::vector<ops::Matrix*> to_pack_;
  std::unordered_set<std::string_view> bound_;
  std::unordered_map<std::string_view, const adapter::Change*> changes_;  // by tensor
  std::unordered_set<std::string_view> changed_;
  std::vector<std::unique_ptr<const ops::LowRank>> made_changes_;
  Error error_{};
};

}  // namespace sotto::model
