// A weight matrix, ready to multiply with.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

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

  // What packing writes; 0 when nothing is to be packed.
  std::size_t packed_bytes() const;
  // Packs into `memory`, 64-aligned, which must outlive the matrix; this, or packing by slices and attach(), comes
  // before anything else where packed_bytes() is not 0. The tensor's pages are dropped from memory as they are packed.
  void pack(std::uint8_t* memory, base::ThreadPool& pool);

  // Panels that are packed at a time: what is in memory twice.
  std::int64_t slice_panels() const;
  // Packs the panels [first, last) into `memory`, 64-aligned, and drops their rows' pages.
  void pack_slice(std::int64_t first, std::int64_t last, std::uint8_t* memory, base::ThreadPool& pool) const;
  // What pack_slice() reads: those panels' rows in the file.
  std::span<const std::byte> source(std::int64_t first, std::int64_t last) const;
  // The packed form stands at `panels`, packed_bytes() long and 64-aligned; it must outlive the matrix.
  void attach(const std::uint8_t* panels) { panels_ = panels; }

  const gguf::Tensor& tensor() const { return *tensor_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t n_panels() const { return (rows_ + kernels::kPanelRows - 1) / kernels::kPanelRows; }
  std::optional<kernels::Packing> packing() const { return packing_; }  // nothing: float32 arithmetic
  const std::uint8_t* panel(std::int64_t index) const;
  std::size_t row_bytes() const;  // what multiplying with a row reads

  // Row `row` as f32 [cols], read from the file; a packed matrix keeps no page of it resident.
  void read_row(std::int64_t row, float* out) const;

 private:
  const gguf::File* file_ = nullptr;
  const gguf::Tensor* tensor_ = nullptr;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::optional<kernels::Packing> packing_;
  const std::uint8_t* panels_ = nullptr;
};

}  // namespace sotto::ops
