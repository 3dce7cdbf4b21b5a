#include "ops/matrix.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "kernels/dequantize.h"
#include "kernels/head.h"
#include "ops/pack.h"
#include "ops/planes.h"

namespace sotto::ops {
namespace {

constexpr std::int64_t kPanelsPerTask = 8;
constexpr std::int64_t kGroupPanels = 64;     // whose coarse planes stand together, before their fine ones
constexpr std::size_t kSliceBytes = 8 << 20;  // of a matrix that are in memory twice while they are packed

std::span<const std::byte> rows_of(const gguf::Tensor& tensor, std::span<const std::byte> data, Rows rows) {
  const std::size_t row_bytes = data.size() / tensor.n_rows();
  return data.subspan(static_cast<std::size_t>(rows.first) * row_bytes,
                      static_cast<std::size_t>(rows.count) * row_bytes);
}

}  // namespace

Matrix::Matrix(const gguf::File& file, const gguf::Tensor& tensor, Layout layout)
    : Matrix(file, tensor, {0, static_cast<std::int64_t>(tensor.n_rows())}, layout) {}

Matrix::Matrix(const gguf::File& file, const gguf::Tensor& tensor, Rows rows, Layout layout)
    : file_(&file),
      tensor_(&tensor),
      data_(rows_of(tensor, tensor.data, rows)),
      type_(tensor.type),
      first_row_(rows.first),
      rows_(rows.count),
      cols_(static_cast<std::int64_t>(tensor.dims[0])),
      packing_(layout != Layout::kFile ? packing_for(tensor.type) : std::nullopt),
      two_planes_(layout == Layout::kTwoPlanes && packing_ && kernels::has_planes(*packing_)) {}

void Matrix::substitute(gguf::TensorType type, std::span<const std::byte> data) {
  SOTTO_CHECK(!packing_);
  type_ = data.empty() ? tensor_->type : type;
  data_ = rows_of(*tensor_, data.empty() ? tensor_->data : data, {first_row_, rows_});
}

std::string Matrix::name() const {
  if (rows_ == static_cast<std::int64_t>(tensor_->n_rows())) return std::string(tensor_->name);
  return std::string(tensor_->name) + "[" + std::to_string(first_row_) + "]";
}

std::size_t Matrix::packed_bytes() const {
  return packing_ ? static_cast<std::size_t>(n_panels()) * kernels::panel_bytes(*packing_, cols_) : 0;
}

void Matrix::pack(std::uint8_t* memory, base::ThreadPool& pool) {
  const std::size_t panel_bytes = kernels::panel_bytes(*packing_, cols_);
  for (std::int64_t first = 0; first < n_panels(); first += slice_panels()) {
    pack_slice(first, std::min(first + slice_panels(), n_panels()),
               memory + static_cast<std::size_t>(first) * panel_bytes, pool);
  }
  attach(memory);
}

std::int64_t Matrix::slice_panels() const {
  const auto fitting = static_cast<std::int64_t>(kSliceBytes / kernels::panel_bytes(*packing_, cols_));
  return std::max<std::int64_t>(1, fitting / kGroupPanels) * kGroupPanels;
}

std::span<const std::byte> Matrix::source(std::int64_t first, std::int64_t last) const {
  const std::size_t row_bytes = row_bytes_in_file();
  const auto bytes_before = [&](std::int64_t panel) {
    return static_cast<std::size_t>(std::min(rows_, panel * kernels::kPanelRows)) * row_bytes;
  };
  return data_.subspan(bytes_before(first), bytes_before(last) - bytes_before(first));
}

void Matrix::pack_slice(std::int64_t first, std::int64_t last, std::uint8_t* memory, base::ThreadPool& pool) const {
  std::uint8_t* matrix_memory = memory - panel_offset(first);
  pool.run(static_cast<int>((last - first + kPanelsPerTask - 1) / kPanelsPerTask), [&](int task, int) {
    const std::int64_t begin = first + task * kPanelsPerTask, end = std::min(last, begin + kPanelsPerTask);
    for (std::int64_t p = begin; p < end; ++p) pack_one(p, matrix_memory);
  });
  file_->drop(source(first, last));
}

void Matrix::pack_one(std::int64_t index, std::uint8_t* memory) const {
  const std::size_t row_bytes = row_bytes_in_file();
  const std::span<const std::byte> rows = source(index, index + 1);
  const auto n_rows = static_cast<int>(rows.size() / row_bytes);
  if (!two_planes_) {
    return pack_panel(tensor_->type, rows.data(), row_bytes, n_rows, cols_, memory + panel_offset(index));
  }
  thread_local std::vector<std::uint8_t> panel;
  panel.resize(kernels::panel_bytes(*packing_, cols_));
  pack_panel(tensor_->type, rows.data(), row_bytes, n_rows, cols_, panel.data());
  split_panel(*packing_, panel.data(), cols_, memory + coarse_offset(index), memory + fine_offset(index));
}

kernels::Panels Matrix::panels(std::int64_t index) const {
  if (!two_planes_) return {panels_ + panel_offset(index)};
  return {panels_ + coarse_offset(index), panels_ + fine_offset(index)};
}

std::int64_t Matrix::run_end(std::int64_t index) const {
  return two_planes_ ? std::min(n_panels(), (index / kGroupPanels + 1) * kGroupPanels) : n_panels();
}

std::size_t Matrix::panel_offset(std::int64_t index) const {
  return static_cast<std::size_t>(index) * kernels::panel_bytes(*packing_, cols_);
}

std::size_t Matrix::coarse_offset(std::int64_t index) const {
  const std::int64_t place = index % kGroupPanels;
  return panel_offset(index - place) + static_cast<std::size_t>(place) * kernels::coarse_panel_bytes(*packing_, cols_);
}

std::size_t Matrix::fine_offset(std::int64_t index) const {
  const std::int64_t place = index % kGroupPanels, in_group = std::min(kGroupPanels, n_panels() - (index - place));
  return coarse_offset(index - place) +
         static_cast<std::size_t>(in_group) * kernels::coarse_panel_bytes(*packing_, cols_) +
         static_cast<std::size_t>(place) * kernels::fine_panel_bytes(*packing_, cols_);
}

std::size_t Matrix::row_bytes() const {
  if (packing_) return kernels::panel_bytes(*packing_, cols_) / kernels::kPanelRows;
  return row_bytes_in_file();
}

void Matrix::read_row(std::int64_t row, float* out) const {
  const std::size_t row_bytes = row_bytes_in_file();
  const std::byte* bytes = data_.data() + static_cast<std::size_t>(row) * row_bytes;
  kernels::dequantize_row(static_cast<std::uint32_t>(type_), bytes, out, cols_);
}

void Matrix::drop_rows() const {
  if (packing_) file_->drop(data_);
}

}  // namespace sotto::ops
