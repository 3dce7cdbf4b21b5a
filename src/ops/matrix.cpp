#include "ops/matrix.h"

#include <algorithm>

#include "base/check.h"
#include "kernels/dequantize.h"
#include "ops/pack.h"

namespace sotto::ops {

Matrix Matrix::make(const gguf::File& file, const gguf::Tensor& tensor, bool packed, base::ThreadPool& pool) {
  constexpr std::int64_t kPanelsPerTask = 64;
  Matrix made;
  made.file_ = &file;
  made.tensor_ = &tensor;
  made.cols_ = static_cast<std::int64_t>(tensor.dims[0]);
  made.rows_ = static_cast<std::int64_t>(tensor.n_rows());
  if (!packed) return made;
  made.packing_ = packing_for(tensor.type);
  if (!made.packing_) return made;

  const std::size_t panel_bytes = kernels::panel_bytes(*made.packing_, made.cols_);
  const std::size_t row_bytes = tensor.data.size() / static_cast<std::size_t>(made.rows_);
  const std::int64_t n_panels = made.n_panels();
  made.panels_ = base::AlignedBuffer(static_cast<std::size_t>(n_panels) * panel_bytes);
  auto* panels = made.panels_.as<std::uint8_t>();
  pool.run(static_cast<int>((n_panels + kPanelsPerTask - 1) / kPanelsPerTask), [&](int task, int) {
    const std::int64_t first = task * kPanelsPerTask, last = std::min(n_panels, first + kPanelsPerTask);
    for (std::int64_t p = first; p < last; ++p) {
      const std::int64_t row = p * kernels::kPanelRows;
      const int n_rows = static_cast<int>(std::min<std::int64_t>(kernels::kPanelRows, made.rows_ - row));
      pack_panel(tensor.type, tensor.data.data() + static_cast<std::size_t>(row) * row_bytes, row_bytes, n_rows,
                 made.cols_, panels + static_cast<std::size_t>(p) * panel_bytes);
    }
    const std::size_t begin = static_cast<std::size_t>(first * kernels::kPanelRows) * row_bytes;
    const std::size_t end = static_cast<std::size_t>(std::min(made.rows_, last * kernels::kPanelRows)) * row_bytes;
    file.drop(tensor.data.subspan(begin, end - begin));
  });
  file.drop(tensor.data);
  return made;
}

const std::uint8_t* Matrix::panel(std::int64_t index) const {
  return panels_.as<const std::uint8_t>() + static_cast<std::size_t>(index) * kernels::panel_bytes(*packing_, cols_);
}

void Matrix::read_row(std::int64_t row, float* out) const {
  const std::size_t row_bytes = tensor_->data.size() / static_cast<std::size_t>(rows_);
  const std::byte* bytes = tensor_->data.data() + static_cast<std::size_t>(row) * row_bytes;
  kernels::dequantize_row(static_cast<std::uint32_t>(tensor_->type), bytes, out, cols_);
  if (packing_) file_->drop({bytes, row_bytes});
}

}  // namespace sotto::ops
