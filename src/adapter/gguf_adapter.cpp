// Adapters as GGUF files: general.type "adapter", adapter.type "lora", adapter.lora.alpha, and for each changed tensor
// NAME two: NAME.lora_a [rank, cols] and NAME.lora_b [rows, rank].
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "adapter/adapter.h"
#include "gguf/report.h"
#include "kernels/dequantize.h"

namespace sotto::adapter {
namespace {

struct Halves {
  const gguf::Tensor* a = nullptr;
  const gguf::Tensor* b = nullptr;
};

Unexpected refuse_kind(const gguf::File& file, std::string_view field, std::string_view found,
                       std::string_view expected) {
  return Unexpected(ErrorCode::kUnsupported,
                    fmt::format("{}: {}: found {}, expected {}", file.path(), field, gguf::quote(found), expected));
}

// The text of a key, or an empty one.
Result<std::string> text_of(const gguf::File& file, std::string_view key) {
  auto text = file.string(key);
  if (!text) return forward_error(text);
  return std::string(text->value_or(""));
}

Result<void> check_kind(const gguf::File& file, const gguf::File& model) {
  const auto type = text_of(file, "general.type");
  if (!type) return Unexpected(type.error());
  if (*type != "adapter") return refuse_kind(file, "general.type", *type, "\"adapter\"; this file is no adapter");
  const auto kind = text_of(file, "adapter.type");
  if (!kind) return Unexpected(kind.error());
  if (*kind != "lora") return refuse_kind(file, "adapter.type", *kind, "\"lora\", the only kind that is known here");
  if (file.find("adapter.alora.invocation_tokens") != nullptr)
    return Unexpected(ErrorCode::kUnsupported,
                      file.path() +
                          ": adapter.alora.invocation_tokens: it is switched on by certain words (aLoRA), "
                          "which this version cannot do");
  const auto found = text_of(file, "general.architecture"), expected = text_of(model, "general.architecture");
  if (!found || !expected) return Unexpected(found ? expected.error() : found.error());
  if (*found != *expected)
    return refuse_kind(file, "general.architecture", *found,
                       fmt::format("that of the model {}, {}; the adapter is for another model", model.path(),
                                   gguf::quote(*expected)));
  return {};
}

Result<float> alpha_of(const gguf::File& file) {
  auto alpha = file.number("adapter.lora.alpha");
  if (!alpha) return forward_error(alpha);
  const double value = alpha->value_or(NAN);
  if (std::isfinite(static_cast<float>(value))) return static_cast<float>(value);
  return Unexpected(ErrorCode::kBadFile, fmt::format("{}: adapter.lora.alpha: found {}, expected a finite number",
                                                     file.path(), *alpha ? fmt::format("{}", value) : "nothing"));
}

Result<std::map<std::string_view, Halves>> pairs_of(const gguf::File& file) {
  std::map<std::string_view, Halves> pairs;
  constexpr std::string_view kA = ".lora_a", kB = ".lora_b";
  for (const gguf::Tensor& tensor : file.tensors()) {
    const std::string_view stem = tensor.name.substr(0, tensor.name.size() - std::min(tensor.name.size(), kA.size()));
    if (tensor.name.ends_with(kA)) {
      pairs[stem].a = &tensor;
    } else if (tensor.name.ends_with(kB)) {
      pairs[stem].b = &tensor;
    } else {
      return Unexpected(ErrorCode::kUnsupported,
                        fmt::format("{}: tensor {}: expected a name that ends in .lora_a or .lora_b; what this one "
                                    "changes would be lost",
                                    file.path(), gguf::quote(tensor.name)));
    }
  }
  if (pairs.empty())
    return Unexpected(ErrorCode::kBadFile, file.path() + ": it holds no tensors; an adapter has pairs of them");
  return pairs;
}

std::vector<float> values_of(const gguf::Tensor& tensor) {
  std::vector<float> values(tensor.n_values());
  kernels::dequantize_row(static_cast<std::uint32_t>(tensor.type), tensor.data.data(), values.data(),
                          static_cast<std::int64_t>(values.size()));
  return values;
}

Result<Change> read_pair(const gguf::File& file, std::string_view stem, const Halves& halves, float alpha,
                         const gguf::File& model) {
  const std::string where = fmt::format("{}: tensor {}", file.path(), gguf::quote(stem));
  if (halves.a == nullptr || halves.b == nullptr)
    return Unexpected(ErrorCode::kBadFile, fmt::format("{}: only {} is there, expected both .lora_a and .lora_b", where,
                                                       halves.a != nullptr ? ".lora_a" : ".lora_b"));
  const gguf::Tensor &a = *halves.a, &b = *halves.b;
  // An embedding's halves stand the other way round: its own refusal says more than that shapes do not fit.
  if (stem == kEmbedding) {
    auto refused = check_change({.tensor = std::string(stem)}, where, model);
    return forward_error(refused);
  }
  if (a.dims[2] * a.dims[3] != 1 || b.dims[2] * b.dims[3] != 1)
    return Unexpected(ErrorCode::kUnsupported,
                      where + ": it changes a stack of experts, which this version does not do");
  if (a.dims[1] != b.dims[0] || a.dims[1] > kMaxRank)
    return Unexpected(ErrorCode::kBadFile,
                      fmt::format("{}: .lora_a is [{}, {}] and .lora_b [{}, {}]; expected [columns, rank] and [rank, "
                                  "rows] with one rank of at most {}",
                                  where, a.dims[0], a.dims[1], b.dims[0], b.dims[1], kMaxRank));
  Change change{std::string(stem),
                static_cast<std::int64_t>(b.dims[1]),
                static_cast<std::int64_t>(a.dims[0]),
                static_cast<std::int64_t>(a.dims[1]),
                alpha == 0 ? 1 : alpha / static_cast<float>(a.dims[1]),  // 0: the file does not scale
                {},
                {}};
  // Shapes first: what does not fit is not read.
  if (auto fits = check_change(change, where, model); !fits) return forward_error(fits);
  change.down = values_of(a);
  change.up = values_of(b);
  if (auto fits = check_change(change, where, model); !fits) return forward_error(fits);
  return change;
}

}  // namespace

Result<Adapter> read_gguf(const gguf::File& file, const gguf::File& model) {
  if (auto kind = check_kind(file, model); !kind) return forward_error(kind);
  const auto alpha = alpha_of(file);
  if (!alpha) return Unexpected(alpha.error());
  const auto pairs = pairs_of(file);
  if (!pairs) return Unexpected(pairs.error());
  Adapter adapter;
  for (const auto& [stem, halves] : *pairs) {
    auto change = read_pair(file, stem, halves, *alpha, model);
    if (!change) return forward_error(change);
    adapter.changes.push_back(std::move(*change));
  }
  return adapter;
}

}  // namespace sotto::adapter
