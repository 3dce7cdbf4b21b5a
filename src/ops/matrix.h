// A weight matrix, ready to multiply with.
#pragma once

#include <cstdint>
#include <optional>

#include "base/thread_pool.h"
#include "gguf/file.h"
#include "kernels/layout.h"

namespace sotto::ops {

// [rows, cols]. Quantized types are packed into panels; float types, and everything when `packed` is false, stay in
// the file and are multiplied in float32. Once packed it does not change; then it is thread-safe.
class Matrix {
 public:
  Matrix() = default;
  // `file` and its `tensor` must outlive the matrix.
  Matrix(const gguf::File& file, const gguf::Tensor& tensor, bool packed);

  // What pack() writes; 0 when nothing is to be packed.
  std::size_t packed_bytes() const;
  // Packs into `memory`, 64-aligned, which must outlive the matrix; to be called before anything else where
  // packed_bytes() is not 0. The tensor's pages are dropped from memory as they are packed.
  void pack(std::uint8_t* memory, base::ThreadPool& pool);

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t n_panels() const { return (rows_ + kernels::kPanelRows - 1) / kernels::kPanelRows; }
  std::optional<kernels::Packing> packing() const { return packing_; }  // nothing: float32 arithmetic
  const std::uint8_t* panel(std::int64_t index) const;
  std::size_t row_bytes() const;  // what multiplying with a row reads

  // Row `row` as f32 [cols], read from the file; a packed matrix keeps no page of it resident.
  void read_row(std::int64_t row, float* out) const;

 private:
  void pack_panels(std::int64_t first, std::int64_t last, base::ThreadPool& pool);

  const gguf::File* file_ = nullptr;
  const gguf::Tensor* tensor_ = nullptr;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::optional<kernels::Packing> packing_;
  std::uint8_t* panels_ = nullptr;
};

}  // namespace sotto::ops
