// Adapters as PEFT publishes them: adapter_config.json and adapter_model.safetensors, whose names are those of the
// published model. The tables of src/published say what a GGUF file calls them, and which rows it reorders.
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "adapter/adapter.h"
#include "adapter/peft_config.h"
#include "gguf/report.h"
#include "published/convert.h"
#include "published/plan.h"
#include "published/safetensors.h"

namespace sotto::adapter {
namespace {

using published::StoredTensor;

constexpr const char* kWeights = "adapter_model.safetensors";

struct StoredHalves {
  const StoredTensor* a = nullptr;
  const StoredTensor* b = nullptr;
};

class PeftReader {
 public:
  PeftReader(const published::SafetensorsFile& file, const PeftConfig& config, const gguf::File& model)
      : file_(file), config_(config), model_(model) {}

  Result<Adapter> read();

 private:
  Result<std::map<std::string, StoredHalves>> pairs() const;
  Result<published::Target> target_of(const std::string& module) const;
  Result<Change> outline(const std::string& module, const StoredHalves& halves) const;
  Result<Change> read_pair(const std::string& module, const StoredHalves& halves) const;
  Result<std::vector<float>> values(const StoredTensor& tensor) const;
  Result<std::int64_t> head_rows(std::int64_t rows) const;
  Result<void> pair_rows(Change& change) const;
  Unexpected error(ErrorCode code, const std::string& module, const std::string& what) const {
    return Unexpected(code, fmt::format("{}: module {}: {}", file_.path(), gguf::quote(module), what));
  }

  const published::SafetensorsFile& file_;
  const PeftConfig& config_;
  const gguf::File& model_;
};

Result<std::map<std::string, StoredHalves>> PeftReader::pairs() const {
  constexpr std::string_view kPrefix = "base_model.model.", kA = ".lora_A.weight", kB = ".lora_B.weight";
  std::map<std::string, StoredHalves> pairs;
  for (const StoredTensor& tensor : file_.tensors()) {
    std::string_view name = tensor.name;
    const bool a = name.ends_with(kA);
    if (!name.starts_with(kPrefix) || (!a && !name.ends_with(kB)))
      return Unexpected(ErrorCode::kUnsupported,
                        fmt::format("{}: tensor {}: expected {}MODULE{} or {}; what this one changes would be lost",
                                    file_.path(), gguf::quote(tensor.name), kPrefix, kA, kB));
    name.remove_prefix(kPrefix.size());
    name.remove_suffix(kA.size());
    StoredHalves& halves = pairs[std::string(name)];
    (a ? halves.a : halves.b) = &tensor;
  }
  if (pairs.empty()) return Unexpected(ErrorCode::kBadFile, file_.path() + ": it holds no tensors");
  return pairs;
}

Result<std::vector<float>> PeftReader::values(const StoredTensor& tensor) const {
  const auto type = tensor.dtype == "F32"    ? gguf::TensorType::kF32
                    : tensor.dtype == "F16"  ? gguf::TensorType::kF16
                    : tensor.dtype == "BF16" ? gguf::TensorType::kBF16
                                             : gguf::TensorType::kQ4_0;
  if (type == gguf::TensorType::kQ4_0)
    return Unexpected(ErrorCode::kUnsupported, fmt::format("{}: tensor {}: its type is {}, expected F32, F16 or BF16",
                                                           file_.path(), gguf::quote(tensor.name), tensor.dtype));
  std::vector<std::byte> bytes;
  published::append_converted(tensor.data, type, gguf::TensorType::kF32, 0, bytes);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<std::byte*>(values.data()));
  return values;
}

// How many rows one head of the model has.
Result<std::int64_t> PeftReader::head_rows(std::int64_t rows) const {
  const auto architecture = model_.string("general.architecture");
  const std::string prefix = architecture && *architecture ? std::string(**architecture) : "";
  const auto number = [&](const char* key) {
    const auto value = model_.integer(prefix + key);
    return value && *value ? **value : 0;
  };
  std::int64_t size = number(".attention.key_length");
  if (const std::int64_t heads = number(".attention.head_count"); size == 0 && heads > 0)
    size = number(".embedding_length") / heads;
  if (size > 0 && size % 2 == 0 && rows % size == 0) return size;
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("{}: its metadata gives {} rows a head, which {} rows cannot be split into",
                                model_.path(), size, rows));
}

Result<void> PeftReader::pair_rows(Change& change) const {
  const auto rows_of_head = head_rows(change.rows);
  if (!rows_of_head) return Unexpected(rows_of_head.error());
  std::vector<float> up(change.up.size());
  for (std::int64_t row = 0; row < change.rows; ++row) {
    const auto from = static_cast<std::int64_t>(
        published::paired_row(static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(*rows_of_head)));
    std::copy_n(change.up.begin() + from * change.rank, change.rank, up.begin() + row * change.rank);
  }
  change.up = std::move(up);
  return {};
}

// Where the module's matrix stands in the model.
Result<published::Target> PeftReader::target_of(const std::string& module) const {
  const auto architecture = model_.string("general.architecture");
  if (!architecture) return Unexpected(architecture.error());
  const std::string_view name = architecture->value_or("");
  auto target = published::find_target(name, module + ".weight");
  if (!target)
    return error(ErrorCode::kUnsupported, module,
                 fmt::format("no module of that name is known in models of the architecture {}; the adapter is for "
                             "another model, or changes a part that this version does not know",
                             gguf::quote(name)));
  if (target->part || target->change == published::Change::kAddOne)
    return error(ErrorCode::kUnsupported, module, "it is an expert or a norm; this version changes whole matrices");
  return std::move(*target);
}

// The pair's sizes and scale, without its numbers.
Result<Change> PeftReader::outline(const std::string& module, const StoredHalves& halves) const {
  const auto rank = config_.rank_of(module);
  const auto alpha = config_.alpha_of(module);
  if (!rank || !alpha)
    return error(ErrorCode::kUnsupported, module,
                 "two patterns of rank_pattern or alpha_pattern in adapter_config.json mean it, with different values");
  const auto &a = halves.a->shape, &b = halves.b->shape;
  if (a.size() != 2 || b.size() != 2 || a[0] != *rank || b[1] != *rank)
    return error(ErrorCode::kBadFile, module,
                 fmt::format("lora_A has the shape [{}] and lora_B [{}]; expected [{}, columns] and [rows, {}], by "
                             "adapter_config.json",
                             fmt::join(a, ", "), fmt::join(b, ", "), *rank, *rank));
  const auto size = static_cast<double>(*rank);
  return Change{"",
                static_cast<std::int64_t>(b[0]),
                static_cast<std::int64_t>(a[1]),
                static_cast<std::int64_t>(*rank),
                static_cast<float>(*alpha / (config_.by_root ? std::sqrt(size) : size)),
                {},
                {}};
}

Result<Change> PeftReader::read_pair(const std::string& module, const StoredHalves& halves) const {
  if (halves.a == nullptr || halves.b == nullptr)
    return error(ErrorCode::kBadFile, module,
                 fmt::format("only {} is there, expected both lora_A and lora_B", halves.a ? "lora_A" : "lora_B"));
  const auto target = target_of(module);
  if (!target) return Unexpected(target.error());
  auto change = outline(module, halves);
  if (!change) return change;
  change->tensor = target->name;
  const std::string where = fmt::format("{}: module {}", file_.path(), gguf::quote(module));
  // Shapes first: what does not fit is not read.
  if (auto fits = check_change(*change, where, model_); !fits) return forward_error(fits);
  for (const auto& [from, to] : {std::pair(halves.a, &change->down), std::pair(halves.b, &change->up)}) {
    auto read = values(*from);
    if (!read) return forward_error(read);
    *to = std::move(*read);
  }
  if (auto fits = check_change(*change, where, model_); !fits) return forward_error(fits);
  const auto paired = target->change == published::Change::kPairs ? pair_rows(*change) : Result<void>();
  if (!paired) return Unexpected(paired.error());
  return change;
}

Result<Adapter> PeftReader::read() {
  const auto found = pairs();
  if (!found) return Unexpected(found.error());
  Adapter adapter;
  for (const auto& [module, halves] : *found) {
    auto change = read_pair(module, halves);
    if (!change) return forward_error(change);
    for (const Change& other : adapter.changes) {
      if (other.tensor == change->tensor)
        return error(ErrorCode::kBadFile, module, fmt::format("{} is changed by another module already", other.tensor));
    }
    adapter.changes.push_back(std::move(*change));
  }
  return adapter;
}

}  // namespace

Result<Adapter> read_peft(const std::string& folder, const gguf::File& model) {
  auto json = published::read_object(folder + "/adapter_config.json", published::kMaxConfigBytes);
  if (!json) {
    json.error().message += "; a folder that is an adapter has that file";
    return forward_error(json);
  }
  const auto config = read_peft_config(std::move(*json), folder + "/adapter_config.json");
  if (!config) return Unexpected(config.error());
  std::error_code ignored;
  if (!std::filesystem::exists(folder + "/" + kWeights, ignored) &&
      std::filesystem::exists(folder + "/adapter_model.bin", ignored))
    return Unexpected(ErrorCode::kUnsupported,
                      folder +
                          "/adapter_model.bin: it is a PyTorch pickle: loading one runs code that the file brings; "
                          "ask for the adapter as safetensors");
  const auto file = published::SafetensorsFile::open(folder + "/" + kWeights);
  if (!file) return Unexpected(file.error());
  return PeftReader(*file, *config, model).read();
}

}  // namespace sotto::adapter
