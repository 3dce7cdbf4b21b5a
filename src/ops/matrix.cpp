#include "ops/matrix.h"

#include <algorithm>

#include "base/check.h"
#include "kernels/dequantize.h"
#include "ops/pack.h"

namespace sotto::ops {
namespace {

constexpr std::int64_t kPanelsPerTask = 8;
constexpr std::size_t kSliceBytes = 8 << 20;  // of a matrix that are in memory twice while they are packed

}  // namespace

Matrix::Matrix(const gguf::File& file, const gguf::Tensor& tensor, bool packed)
    : file_(&file),
      tensor_(&tensor),
      rows_(static_cast<std::int64_t>(tensor.n_rows())),
      cols_(static_cast<std::int64_t>(tensor.dims[0])),
      packing_(packed ? packing_for(tensor.type) : std::nullopt) {}

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
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(kSliceBytes / kernels::panel_bytes(*packing_, cols_)));
}

std::span<const std::byte> Matrix::source(std::int64_t first, std::int64_t last) const {
  const std::size_t row_bytes = tensor_->data.size() / static_cast<std::size_t>(rows_);
  const auto bytes_before = [&](std::int64_t panel) {
    return static_cast<std::size_t>(std::min(rows_, panel * kernels::kPanelRows)) * row_bytes;
  };
  return tensor_->data.subspan(bytes_before(first), bytes_before(last) - bytes_before(first));
}

void Matrix::pack_slice(std::int64_t first, std::int64_t last, std::uint8_t* memory, base::ThreadPool& pool) const {
  const std::size_t row_bytes = tensor_->data.size() / static_cast<std::size_t>(rows_);
  pool.run(static_cast<int>((last - first + kPanelsPerTask - 1) / kPanelsPerTask), [&](int task, int) {
    const std::int64_t begin = first + task * kPanelsPerTask, end = std::min(last, begin + kPanelsPerTask);
    for (std::int64_t p = begin; p < end; ++p) {
      const std::span<const std::byte> rows = source(p, p + 1);
      pack_panel(tensor_->type, rows.data(), row_bytes, static_cast<int>(rows.size() / row_bytes), cols_,
                 memory + static_cast<std::size_t>(p - first) * kernels::panel_bytes(*packing_, cols_));
    }
  });
  file_->drop(source(first, last));
}

const std::uint8_t* Matrix::panel(std::int64_t index) const {
  return panels_ + static_cast<std::size_t>(index) * kernels::panel_bytes(*packing_, cols_);
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
