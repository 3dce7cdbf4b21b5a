#include "quantize/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/thread_pool.h"
#include "gguf/atomic_file.h"
#include "gguf/file.h"
#include "gguf/quantization.h"
#include "gguf/report.h"
#include "gguf/writer.h"
#include "quantize/stream.h"

namespace sotto::quantize {
namespace {

constexpr std::uint32_t kQuantizationVersion = 2;

struct PlannedTensor {
  const gguf::Tensor* source;
  gguf::TensorType type;
};

Unexpected refuse_out(const std::string& out, const std::string& why) {
  return Unexpected(ErrorCode::kBadRequest, fmt::format("{}: {}", out, why));
}

}  // namespace

Result<void> check_out(const gguf::File& file, const std::string& out, bool replace) {
  std::error_code problem;
  if (!std::filesystem::exists(out, problem)) return {};
  std::vector<std::string> parts = {file.path()};
  for (const auto& other : file.others()) parts.push_back(other.path());
  for (const std::string& part : parts) {
    if (!std::filesystem::equivalent(part, out, problem)) continue;
    return refuse_out(out, "is the file that is read; give another name");
  }
  return gguf::check_free(out, replace);
}

namespace {

// 0 when absent.
Result<unsigned> small_number(const gguf::File& file, const std::string& key) {
  const gguf::Value* value = file.find(key);
  if (value == nullptr) return 0u;
  std::int64_t found = 0;
  // A list has a number for each layer: the greatest stands for all.
  if (auto list = file.integers(key); list && *list) {
    for (const std::int64_t one : **list) found = std::max(found, one);
  } else {
    auto number = file.integer(key);
    if (!number) return forward_error(number);
    found = number->value_or(0);
  }
  return static_cast<unsigned>(std::clamp<std::int64_t>(found, 0, 1 << 20));
}

Result<ModelShape> shape_of(const gguf::File& file) {
  ModelShape shape;
  shape.tied_head = file.tensor("output.weight") == nullptr;
  const auto architecture = file.string("general.architecture");
  if (!architecture) return Unexpected(architecture.error());
  if (!*architecture) return shape;
  const std::string prefix(**architecture);
  const auto n_layers = small_number(file, prefix + ".block_count");
  if (!n_layers) return Unexpected(n_layers.error());
  const auto n_heads = small_number(file, prefix + ".attention.head_count");
  if (!n_heads) return Unexpected(n_heads.error());
  const auto n_kv_heads = small_number(file, prefix + ".attention.head_count_kv");
  if (!n_kv_heads) return Unexpected(n_kv_heads.error());
  shape.n_layers = *n_layers;
  if (*n_kv_heads > 0) shape.sharing = std::max(1u, *n_heads / *n_kv_heads);
  return shape;
}

std::vector<PlannedTensor> plan(const gguf::File& file, const ModelShape& shape, const QuantizeOptions& options) {
  const auto type_of = [&](const gguf::Tensor& tensor) {
    if (options.chosen == nullptr) return choose_type(*options.type, shape, tensor).value_or(tensor.type);
    const auto chosen = options.chosen->find(std::string(tensor.name));
    return chosen != options.chosen->end() ? chosen->second : tensor.type;
  };
  std::vector<PlannedTensor> tensors;
  tensors.reserve(file.tensors().size());
  for (const gguf::Tensor& tensor : file.tensors()) tensors.push_back({&tensor, type_of(tensor)});
  return tensors;
}

// What general.file_type says: of a mix, the first file type of the tensor type that has most values.
const FileType& file_type_for(const std::vector<PlannedTensor>& tensors, const QuantizeOptions& options) {
  if (options.chosen == nullptr) return *options.type;
  std::map<gguf::TensorType, std::uint64_t> n_values;
  for (const PlannedTensor& tensor : tensors) n_values[tensor.type] += tensor.source->n_values();
  const auto most = std::max_element(n_values.begin(), n_values.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto types = file_types();
  const auto found = std::find_if(types.begin(), types.end(), [&](const FileType& type) {
    return most != n_values.end() && type.base == most->first;
  });
  return found != types.end() ? *found : types.front();
}

bool is_quantized(const gguf::Tensor& tensor) { return gguf::type_info(tensor.type)->block_values > 1; }

void note_requantizing(const gguf::File& file, const std::vector<PlannedTensor>& tensors,
                       const QuantizeOptions& options) {
  const bool twice = std::any_of(tensors.begin(), tensors.end(), [](const PlannedTensor& tensor) {
    return is_quantized(*tensor.source) && tensor.type != tensor.source->type;
  });
  if (!twice || !options.on_note) return;
  options.on_note(
      fmt::format("{} is quantized already ({}): what that lost stays lost; a file in F16, BF16 or F32 gives a "
                  "better result",
                  file.path(), gguf::quantization_of(file)));
}

const ColumnWeights* weights_of(const gguf::Tensor& tensor, const QuantizeOptions& options) {
  return options.importance != nullptr ? options.importance->find(tensor.name) : nullptr;
}

Result<void> check_importance(const gguf::File& file, const std::vector<PlannedTensor>& tensors,
                              const QuantizeOptions& options) {
  if (options.importance == nullptr) return {};
  if (auto fits = options.importance->check(file); !fits) return fits;
  const auto missing = std::count_if(tensors.begin(), tensors.end(), [&](const PlannedTensor& tensor) {
    return tensor.type != tensor.source->type && weights_of(*tensor.source, options) == nullptr;
  });
  if (missing > 0 && options.on_note) {
    options.on_note(fmt::format("the importance matrix says nothing of {} tensors: their values count alike", missing));
  }
  return {};
}

gguf::Writer describe(const gguf::File& file, const std::vector<PlannedTensor>& tensors,
                      const QuantizeOptions& options) {
  gguf::Writer writer;
  writer.copy_metadata(file);
  add_missing_license(file, options.license_if_missing, writer, options.on_note);
  for (const char* key : {"split.no", "split.count", "split.tensors.count"}) writer.remove(key);
  writer.set("general.file_type", file_type_for(tensors, options).number);
  writer.set("general.quantization_version", kQuantizationVersion);
  for (const PlannedTensor& tensor : tensors) {
    const std::span<const std::uint64_t> dims(tensor.source->dims);
    writer.add_tensor(std::string(tensor.source->name), tensor.type,
                      dims.first(static_cast<std::size_t>(tensor.source->n_dims)));
  }
  return writer;
}

QuantizedFile count(const std::vector<PlannedTensor>& tensors) {
  QuantizedFile result;
  result.n_tensors = tensors.size();
  for (const PlannedTensor& tensor : tensors) {
    result.n_values += tensor.source->n_values();
    result.weight_bytes_before += tensor.source->data.size();
    result.weight_bytes += gguf::data_bytes(tensor.type, tensor.source->dims).value_or(0);
    ++result.n_tensors_by_type[tensor.type];
  }
  return result;
}

}  // namespace

void add_missing_license(const gguf::File& file, const License& license, gguf::Writer& writer,
                         const std::function<void(const std::string&)>& on_note) {
  const auto said = file.string("general.license");
  const bool missing = said && (!*said || (*said)->empty());
  if (!missing || license.name.empty()) return;
  writer.set("general.license", license.name);
  if (on_note) on_note(fmt::format("general.license: {} added, from {}", gguf::quote(license.name), license.from));
}

Result<QuantizedFile> quantize_file(const std::string& in, const std::string& out, const QuantizeOptions& options) {
  auto file = gguf::File::open(in);
  if (!file) return forward_error(file);
  if (auto free = check_out(*file, out, options.replace); !free) return forward_error(free);
  auto shape = shape_of(*file);
  if (!shape) return forward_error(shape);
  const std::vector<PlannedTensor> tensors = plan(*file, *shape, options);
  note_requantizing(*file, tensors, options);
  if (auto fits = check_importance(*file, tensors, options); !fits) return forward_error(fits);
  const QuantizedFile result = count(tensors);

  Stream stream(in, options.threads > 0 ? options.threads : base::default_thread_count());
  std::uint64_t done_bytes = 0;
  const auto done = [&](std::span<const std::byte> part) -> Result<void> {
    file->drop(part);
    done_bytes += part.size();
    if (options.on_progress) options.on_progress(done_bytes, result.weight_bytes_before);
    if (options.cancel && *options.cancel) return Unexpected(ErrorCode::kCancelled, "quantizing: stopped");
    return {};
  };
  auto written = describe(*file, tensors, options).write(out, [&](std::size_t index, const gguf::Writer::Sink& sink) {
    const auto& [source, type] = tensors[index];
    return type == source->type ? stream.copy(*source, sink, done)
                                : stream.convert(*source, type, weights_of(*source, options), sink, done);
  });
  if (!written) return forward_error(written);
  return result;
}

}  // namespace sotto::quantize
