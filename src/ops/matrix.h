// A weight matrix, ready to multiply with.
#pragma once

#include <cstdint>
#include <optional>

#include "base/aligned_buffer.h"
#include "base/thread_pool.h"
#include "gguf/file.h"
#include "kernels/layout.h"

namespace sotto::ops {

// [rows, cols]. Quantized types are packed into panels; float types, and everything when `packed` is false, stay in
// the file and are multiplied in float32. Immutable once made; thread-safe.
class Matrix {
 public:
  Matrix() = default;
  // `file` and its `tensor` must outlive the matrix. The tensor's pages are dropped from memory as they are packed.
  static Matrix make(const gguf::File& file, const gguf::Tensor& tensor, bool packed, base::ThreadPool& pool);

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
  base::AlignedBuffer panels_;
};

}  // namespace sotto::ops
