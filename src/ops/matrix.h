// A weight matrix, ready to multiply with.
#pragma once

#include <cstdint>
#include <optional>

#include "base/thread_pool.h"
#include "gguf/file.h"
#include "kernels/layout.h"

namespace sotto::ops {

enum class Layout {
  kFile,       // nothing is packed
  kPanels,     // of kernels/layout.h
  kTwoPlanes,  // of kernels/head.h where the packing has them; else panels
};

// [rows, cols]. Quantized types are packed; float types, and everything in kFile, stay in the file and are multiplied
// in float32. Once packed it does not change; then it is thread-safe.
class Matrix {
 public:
  Matrix() = default;
  // `file` and its `tensor` must outlive the matrix.
  Matrix(const gguf::File& file, const gguf::Tensor& tensor, Layout layout);

  // What pack() writes; 0 when nothing is to be packed.
  std::size_t packed_bytes() const;
  // Packs into `memory`, 64-aligned, which must outlive the matrix; to be called before anything else where
  // packed_bytes() is not 0. The tensor's pages are dropped from memory as they are packed.
  void pack(std::uint8_t* memory, base::ThreadPool& pool);

  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t n_panels() const { return (rows_ + kernels::kPanelRows - 1) / kernels::kPanelRows; }
  std::optional<kernels::Packing> packing() const { return packing_; }  // nothing: float32 arithmetic
  bool has_planes() const { return two_planes_; }
  // `panel` of a matrix without planes, `coarse` and `fine` of one that has them.
  const std::uint8_t* panel(std::int64_t index) const { return panels_ + panel_offset(index); }
  const std::uint8_t* coarse(std::int64_t index) const { return panels_ + coarse_offset(index); }
  const std::uint8_t* fine(std::int64_t index) const { return panels_ + fine_offset(index); }
  std::size_t row_bytes() const;  // what multiplying with a row reads

  // Row `row` as f32 [cols], read from the file; a packed matrix keeps no page of it resident.
  void read_row(std::int64_t row, float* out) const;

 private:
  void pack_panels(std::int64_t first, std::int64_t last, base::ThreadPool& pool);
  void pack_one(std::int64_t index, const std::byte* rows, std::size_t row_bytes, int n_rows);
  std::size_t panel_offset(std::int64_t index) const;
  std::size_t coarse_offset(std::int64_t index) const;
  std::size_t fine_offset(std::int64_t index) const;

  const gguf::File* file_ = nullptr;
  const gguf::Tensor* tensor_ = nullptr;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::optional<kernels::Packing> packing_;
  bool two_planes_ = false;
  std::uint8_t* panels_ = nullptr;  // with planes: the coarse ones, then the fine ones, as many bytes in all
};

}  // namespace sotto::ops
