// A weight matrix, ready to multiply with.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/thread_pool.h"
#include "gguf/file.h"
#include "kernels/layout.h"
#include "ops/low_rank.h"

namespace sotto::ops {

enum class Layout {
  kFile,       // nothing is packed
  kPanels,     // of kernels/layout.h
  kTwoPlanes,  // of kernels/head.h where the packing has them; else panels
};

// Rows of a tensor: all, or some that stand together where a file keeps several matrices in one tensor.
struct Rows {
  std::int64_t first, count;
};

// [rows, cols]. Quantized types are packed; float types, and everything in kFile, stay in the file and are multiplied
// in float32. Once packed it does not change; then it is thread-safe.
class Matrix {
 public:
  Matrix() = default;
  // `file` and its `tensor` must outlive the matrix.
  Matrix(const gguf::File& file, const gguf::Tensor& tensor, Layout layout);
  Matrix(const gguf::File& file, const gguf::Tensor& tensor, Rows rows, Layout layout);

  // What packing writes; 0 when nothing is to be packed.
  std::size_t packed_bytes() const;
  // Packs into `memory`, 64-aligned, which must outlive the matrix; this, or packing by slices and attach(), comes
  // before anything else where packed_bytes() is not 0. The tensor's pages are dropped from memory as they are packed.
  void pack(std::uint8_t* memory, base::ThreadPool& pool);

  // Panels that are packed at a time: what is in memory twice. Slices begin at its multiples.
  std::int64_t slice_panels() const;
  // Packs the panels [first, last) into `memory`, 64-aligned, and drops their rows' pages.
  void pack_slice(std::int64_t first, std::int64_t last, std::uint8_t* memory, base::ThreadPool& pool) const;
  // What pack_slice() reads: those panels' rows in the file.
  std::span<const std::byte> source(std::int64_t first, std::int64_t last) const;
  // The packed form stands at `panels`, packed_bytes() long and 64-aligned; it must outlive the matrix.
  void attach(const std::uint8_t* panels) { panels_ = panels; }

  // From now on the rows are these, of the tensor's shape in another type; empty: those of the file. For measurements:
  // only of a matrix that is not packed, and `data`, all rows of the tensor, must outlive its use.
  void substitute(gguf::TensorType type, std::span<const std::byte> data);

  const gguf::Tensor& tensor() const { return *tensor_; }
  std::int64_t first_row() const { return first_row_; }      // of the tensor's
  std::string name() const;                                  // of the tensor, and which rows where not all
  std::span<const std::byte> data() const { return data_; }  // its rows in the file
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  // What multiply() adds to its products, or nullptr: nothing. Of the same rows and columns; it must outlive the
  // matrix.
  const LowRank* change() const { return change_; }
  void set_change(const LowRank* change) { change_ = change; }
  std::int64_t n_panels() const { return (rows_ + kernels::kPanelRows - 1) / kernels::kPanelRows; }
  std::optional<kernels::Packing> packing() const { return packing_; }  // nothing: float32 arithmetic
  bool has_planes() const { return two_planes_; }
  // Those from `index` on, which lie one after another up to run_end(index).
  kernels::Panels panels(std::int64_t index) const;
  std::int64_t run_end(std::int64_t index) const;
  const std::uint8_t* coarse(std::int64_t index) const { return panels_ + coarse_offset(index); }  // has_planes()
  std::size_t row_bytes() const;  // what multiplying with a row reads

  // Row `row` as f32 [cols], read from the file.
  void read_row(std::int64_t row, float* out) const;
  // Of a packed matrix no page that read_row() touched stays resident. Threads may read meanwhile. It costs every
  // thread of the process a moment: once for many rows.
  void drop_rows() const;

 private:
  std::size_t row_bytes_in_file() const { return data_.size() / static_cast<std::size_t>(rows_); }
  void pack_one(std::int64_t index, std::uint8_t* memory) const;
  std::size_t panel_offset(std::int64_t index) const;
  std::size_t coarse_offset(std::int64_t index) const;
  std::size_t fine_offset(std::int64_t index) const;

  const gguf::File* file_ = nullptr;
  const gguf::Tensor* tensor_ = nullptr;
  std::span<const std::byte> data_;
  gguf::TensorType type_{};
  std::int64_t first_row_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
  std::optional<kernels::Packing> packing_;
  bool two_planes_ = false;
  const LowRank* change_ = nullptr;
  const std::uint8_t* panels_ = nullptr;
};

}  // namespace sotto::ops
