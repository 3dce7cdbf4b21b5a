#include "model/cost.h"

#include <algorithm>

#include "model/recurrent_cache.h"

namespace sotto::model {
namespace {

// Keys that tokens first … last - 1 see in all, when each sees at most `most` (0: all before it and itself).
std::uint64_t keys_seen(std::uint64_t first, std::uint64_t last, std::uint64_t most) {
  const auto triangle = [](std::uint64_t n) { return n * (n + 1) / 2; };
  if (most == 0 || last <= most) return triangle(last) - triangle(first);
  const std::uint64_t whole = std::max(first, most);  // from here on a window is full
  return triangle(whole) - triangle(std::min(first, whole)) + (last - whole) * most;
}

}  // namespace

WeightCost weight_cost(const gguf::File& file) {
  WeightCost cost;
  for (const gguf::Tensor& tensor : file.tensors()) {
    const bool in_layer = tensor.name.starts_with("blk.") || tensor.name == "per_layer_model_proj.weight";
    if (!in_layer || tensor.n_rows() == 1) continue;
    cost.block_macs += tensor.n_values();
    cost.block_bytes += tensor.data.size();
  }
  const gguf::Tensor* head = file.tensor("output.weight");
  if (head == nullptr) head = file.tensor("token_embd.weight");
  if (head != nullptr) {
    cost.head_macs = head->n_values();
    cost.head_bytes = head->data.size();
  }
  return cost;
}

std::uint64_t attention_macs(const DecoderSpec& spec, int n_tokens, int depth) {
  const auto first = static_cast<std::uint64_t>(depth), last = first + static_cast<std::uint64_t>(n_tokens);
  std::uint64_t macs = 0, n_recurrent = 0;
  for (int l = 0; l < static_cast<int>(spec.windowed.size()); ++l) {
    const std::uint64_t most = spec.windowed[static_cast<std::size_t>(l)] ? static_cast<std::uint64_t>(spec.window) : 0;
    if (spec.attends(l)) macs += 2 * keys_seen(first, last, most) * static_cast<std::uint64_t>(spec.head_dim_of(l));
    else ++n_recurrent;
  }
  const RecurrentCache::Shape kept = RecurrentCache::shape_of(spec);
  const std::uint64_t step = static_cast<std::uint64_t>(kept.history + 1) * kept.row + 3 * kept.state;
  return macs * static_cast<std::uint64_t>(spec.n_heads) + n_recurrent * static_cast<std::uint64_t>(n_tokens) * step;
}

}  // namespace sotto::model
