#include "adapter/merge.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/thread_pool.h"
#include "gguf/tensor_type.h"
#include "gguf/writer.h"
#include "quantize/file.h"
#include "quantize/quantizer.h"
#include "quantize/stream.h"

namespace sotto::adapter {
namespace {

using gguf::TensorType;

struct MergedTensor {
  const gguf::Tensor* source;
  TensorType type;
  const Change* change;  // nullptr: it stays
};

bool has_blocks(TensorType type) { return gguf::type_info(type)->block_values > 1; }

TensorType type_after(TensorType type, bool half) {
  if (!has_blocks(type)) return type;
  return half || quantize::quantizer(type) == nullptr ? TensorType::kF16 : type;
}

std::vector<MergedTensor> plan_merge(const gguf::File& model, const std::vector<Change>& changes, bool half) {
  std::map<std::string_view, const Change*> by_tensor;
  for (const Change& change : changes) by_tensor[change.tensor] = &change;
  std::vector<MergedTensor> tensors;
  for (const gguf::Tensor& tensor : model.tensors()) {
    const auto found = by_tensor.find(tensor.name);
    const Change* change = found == by_tensor.end() ? nullptr : found->second;
    tensors.push_back({&tensor, change ? type_after(tensor.type, half) : tensor.type, change});
  }
  return tensors;
}

void note_types(const std::vector<MergedTensor>& tensors, const MergeOptions& options) {
  if (!options.on_note) return;
  std::map<TensorType, int> widened, rounded;
  for (const MergedTensor& tensor : tensors) {
    if (tensor.change == nullptr || !has_blocks(tensor.source->type)) continue;
    ++(tensor.type == tensor.source->type ? rounded : widened)[tensor.source->type];
  }
  for (const auto& [type, count] : widened) {
    options.on_note(fmt::format("{} matrices of {} become F16, which is larger", count, gguf::type_info(type)->name));
  }
  for (const auto& [type, count] : rounded) {
    options.on_note(
        fmt::format("{} matrices are rounded to {} again: the adapter's effect is that much coarser than "
                    "with sotto run --adapter; --f16 keeps them exact to half precision",
                    count, gguf::type_info(type)->name));
  }
}

gguf::Writer describe_merged(const gguf::File& model, const std::vector<MergedTensor>& tensors,
                             const MergeOptions& options) {
  gguf::Writer writer;
  writer.copy_metadata(model);
  quantize::add_missing_license(model, options.license_if_missing, writer, options.on_note);
  for (const char* key : {"split.no", "split.count", "split.tensors.count"}) writer.remove(key);
  const bool same = std::all_of(tensors.begin(), tensors.end(),
                                [](const MergedTensor& tensor) { return tensor.type == tensor.source->type; });
  if (!same) writer.remove("general.file_type");  // names a mixture that it is no more
  for (const MergedTensor& tensor : tensors) {
    const std::span<const std::uint64_t> dims(tensor.source->dims);
    writer.add_tensor(std::string(tensor.source->name), tensor.type,
                      dims.first(static_cast<std::size_t>(tensor.source->n_dims)));
  }
  return writer;
}

// Adds B A to the values from `first` on, in the order of rows.
void add_product(const Change& change, std::uint64_t first, std::span<float> values) {
  const auto cols = static_cast<std::uint64_t>(change.cols), rank = static_cast<std::uint64_t>(change.rank);
  for (std::size_t at = 0; at < values.size();) {
    const std::uint64_t row = (first + at) / cols, col = (first + at) % cols;
    const std::size_t n = std::min<std::size_t>(cols - col, values.size() - at);
    for (std::uint64_t i = 0; i < rank; ++i) {
      const float factor = change.up[row * rank + i];
      const float* down = change.down.data() + i * cols + col;
      for (std::size_t j = 0; j < n; ++j) values[at + j] += factor * down[j];
    }
    at += n;
  }
}

}  // namespace

Result<MergedFile> merge(const gguf::File& model, std::span<const Adapter> adapters, const std::string& out,
                         const MergeOptions& options) {
  if (auto free = quantize::check_out(model, out, options.replace); !free) return forward_error(free);
  const std::vector<Change> changes = add_up(adapters);
  const std::vector<MergedTensor> tensors = plan_merge(model, changes, options.half);
  note_types(tensors, options);
  MergedFile result;
  std::uint64_t total_bytes = 0, done_bytes = 0;
  for (const MergedTensor& tensor : tensors) {
    result.n_changed += tensor.change != nullptr;
    result.bytes += gguf::data_bytes(tensor.type, tensor.source->dims).value_or(0);
    total_bytes += tensor.source->data.size();
  }
  quantize::Stream stream(model.path(), options.threads > 0 ? options.threads : base::default_thread_count());
  const auto done = [&](std::span<const std::byte> part) -> Result<void> {
    model.drop(part);
    done_bytes += part.size();
    if (options.on_progress) options.on_progress(done_bytes, total_bytes);
    if (options.cancel && *options.cancel) return Unexpected(ErrorCode::kCancelled, "merging: stopped");
    return {};
  };
  auto written =
      describe_merged(model, tensors, options).write(out, [&](std::size_t index, const gguf::Writer::Sink& sink) {
        const auto& [source, type, change] = tensors[index];
        if (change == nullptr) return stream.copy(*source, sink, done);
        return stream.convert(*source, type, nullptr, sink, done, [&](std::uint64_t first, std::span<float> values) {
          add_product(*change, first, values);
        });
      });
  if (!written) return forward_error(written);
  return result;
}

}  // namespace sotto::adapter
