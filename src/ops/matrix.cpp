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
constexpr std::size_t kSliceBytes = 8 << 20;  // of a matrix that are in memory twice while they are packed

}  // namespace

Matrix::Matrix(const gguf::File& file, const gguf::Tensor& tensor, Layout layout)
    : file_(&file),
      tensor_(&tensor),
      rows_(static_cast<std::int64_t>(tensor.n_rows())),
      cols_(static_cast<std::int64_t>(tensor.dims[0])),
      packing_(layout != Layout::kFile ? packing_for(tensor.type) : std::nullopt),
      two_planes_(layout == Layout::kTwoPlanes && packing_ && kernels::has_planes(*packing_)) {}

std::size_t Matrix::packed_bytes() const {
  return packing_ ? static_cast<std::size_t>(n_panels()) * kernels::panel_bytes(*packing_, cols_) : 0;
}

void Matrix::pack(std::uint8_t* memory, base::ThreadPool& pool) {
  panels_ = memory;
  const std::size_t panel_bytes = kernels::panel_bytes(*packing_, cols_);
  const auto slice = std::max<std::int64_t>(1, static_cast<std::int64_t>(kSliceBytes / panel_bytes));
  for (std::int64_t first = 0; first < n_panels(); first += slice) {
    pack_panels(first, std::min(first + slice, n_panels()), pool);
  }
}

void Matrix::pack_panels(std::int64_t first, std::int64_t last, base::ThreadPool& pool) {
  const std::size_t row_bytes = tensor_->data.size() / static_cast<std::size_t>(rows_);
  const auto row_of = [&](std::int64_t p) { return std::min(rows_, p * kernels::kPanelRows); };
  const auto bytes_of = [&](std::int64_t row) { return static_cast<std::size_t>(row) * row_bytes; };
  pool.run(static_cast<int>((last - first + kPanelsPerTask - 1) / kPanelsPerTask), [&](int task, int) {
    const std::int64_t begin = first + task * kPanelsPerTask, end = std::min(last, begin + kPanelsPerTask);
    for (std::int64_t p = begin; p < end; ++p) {
      pack_one(p, tensor_->data.data() + bytes_of(row_of(p)), row_bytes, static_cast<int>(row_of(p + 1) - row_of(p)));
    }
  });
  const std::size_t begin = bytes_of(row_of(first));
  file_->drop(tensor_->data.subspan(begin, bytes_of(row_of(last)) - begin));
}

void Matrix::pack_one(std::int64_t index, const std::byte* rows, std::size_t row_bytes, int n_rows) {
  if (!two_planes_) return pack_panel(tensor_->type, rows, row_bytes, n_rows, cols_, panels_ + panel_offset(index));
  thread_local std::vector<std::uint8_t> panel;
  panel.resize(kernels::panel_bytes(*packing_, cols_));
  pack_panel(tensor_->type, rows, row_bytes, n_rows, cols_, panel.data());
  split_panel(*packing_, panel.data(), cols_, panels_ + coarse_offset(index), panels_ + fine_offset(index));
}

std::size_t Matrix::panel_offset(std::int64_t index) const {
  return static_cast<std::size_t>(index) * kernels::panel_bytes(*packing_, cols_);
}

std::size_t Matrix::coarse_offset(std::int64_t index) const {
  return static_cast<std::size_t>(index) * kernels::coarse_panel_bytes(*packing_, cols_);
}

std::size_t Matrix::fine_offset(std::int64_t index) const {
  return coarse_offset(n_panels()) + static_cast<std::size_t>(index) * kernels::fine_panel_bytes(*packing_, cols_);
}

std::size_t Matrix::row_bytes() const {
  if (packing_) return kernels::panel_bytes(*packing_, cols_) / kernels::kPanelRows;
  return tensor_->data.size() / static_cast<std::size_t>(rows_);
}

void Matrix::read_row(std::int64_t row, float* out) const {
  const std::size_t row_bytes = tensor_->data.size() / static_cast<std::size_t>(rows_);
  const std::byte* bytes = tensor_->data.data() + static_cast<std::size_t>(row) * row_bytes;
  kernels::dequantize_row(static_cast<std::uint32_t>(tensor_->type), bytes, out, cols_);
  if (packing_) file_->drop({bytes, row_bytes});
}

}  // namespace sotto::ops
