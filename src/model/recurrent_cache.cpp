#include "model/recurrent_cache.h"

#include <algorithm>
#include <new>

#include "base/check.h"

namespace sotto::model {
namespace {

bool is_recurrent(const DecoderSpec& spec) {
  return std::ranges::any_of(spec.mixers, [](Mixer mixer) { return mixer != Mixer::kAttention; });
}

std::size_t floats_of_layer(const RecurrentCache::Shape& shape) {
  const auto history = static_cast<std::size_t>(shape.history);
  constexpr std::size_t kPending = RecurrentCache::kMostPending, kCopies = RecurrentCache::kCopies;
  return (1 + kCopies) * (shape.state + history * shape.row) + kPending * (shape.row + shape.step);
}

}  // namespace

RecurrentCache::Shape RecurrentCache::shape_of(const DecoderSpec& spec) {
  if (!is_recurrent(spec)) return {};
  const DeltaRule& delta = spec.delta;
  const auto heads = static_cast<std::size_t>(delta.n_heads);
  return {spec.conv_tokens - 1, static_cast<std::size_t>(spec.conv_width()), 2 * heads,
          heads * static_cast<std::size_t>(delta.key_dim) * static_cast<std::size_t>(delta.value_dim)};
}

std::uint64_t RecurrentCache::bytes_for(const DecoderSpec& spec) {
  const auto n_layers = std::ranges::count_if(spec.mixers, [](Mixer mixer) { return mixer != Mixer::kAttention; });
  return static_cast<std::uint64_t>(n_layers) * floats_of_layer(shape_of(spec)) * sizeof(float);
}

RecurrentCache::RecurrentCache(const DecoderSpec& spec) : shape_(shape_of(spec)) {
  if (!is_recurrent(spec)) return;
  storage_.reset(static_cast<float*>(std::calloc(bytes_for(spec), 1)));
  if (!storage_) throw std::bad_alloc();
  float* next = storage_.get();
  const auto take = [&](std::size_t n_floats) {
    float* taken = next;
    next += n_floats;
    return taken;
  };
  for (int l = 0; l < spec.n_layers; ++l) {
    Layer& layer = layers_.emplace_back();
    if (spec.attends(l)) continue;
    layer.state = take(shape_.state);
    layer.rows = take((static_cast<std::size_t>(shape_.history) + kMostPending) * shape_.row);
    layer.steps = take(kMostPending * shape_.step);
    for (float*& copy : layer.copies) copy = take(copy_floats());
  }
}

RecurrentCache::Plan RecurrentCache::plan(int size, int n_tokens, bool may_return) {
  if (empty()) return {.n_tokens = n_tokens};
  clean_ = false;
  Plan plan{.n_pending = size - fill_.settled, .n_tokens = n_tokens};
  const bool keeps = may_return && n_tokens > 1 && n_tokens <= kMostPending;
  plan.n_settled = keeps ? plan.n_pending : plan.n_all();
  if (may_return || n_tokens == 1) return plan;
  plan.copy = static_cast<int>(std::ranges::min_element(fill_.copies) - fill_.copies.begin());
  const int before = plan.n_pending + std::max(0, n_tokens - kCopyBefore);
  if (fill_.settled + before > *std::ranges::max_element(fill_.copies)) plan.copied = before;
  if (plan.copied >= 0) fill_.copies[static_cast<std::size_t>(plan.copy)] = 0;
  return plan;
}

void RecurrentCache::finish(const Plan& plan) {
  if (empty()) return;
  if (plan.copied >= 0) fill_.copies[static_cast<std::size_t>(plan.copy)] = fill_.settled + plan.copied;
  fill_.settled += plan.n_settled;
}

int RecurrentCache::reachable(int n_tokens, int size) const {
  if (empty() || n_tokens >= size || n_tokens >= fill_.settled) return std::min(n_tokens, size);
  int most = 0;
  for (const int copy : fill_.copies) most = copy <= n_tokens ? std::max(most, copy) : most;
  return most;
}

void RecurrentCache::clear() {
  if (clean_ || empty()) return;
  for (const Layer& layer : layers_) {
    if (layer.rows == nullptr) continue;
    std::fill_n(layer.state, shape_.state, 0.0f);
    std::fill_n(layer.rows, history_floats(), 0.0f);
  }
  fill_ = {};
  clean_ = true;
}

void RecurrentCache::truncate(int n_tokens) {
  if (empty() || n_tokens >= fill_.settled) return;
  if (n_tokens == 0) return clear();
  const auto found = static_cast<std::size_t>(std::ranges::find(fill_.copies, n_tokens) - fill_.copies.begin());
  SOTTO_CHECK(found < kCopies);
  for (const Layer& layer : layers_) {
    if (layer.rows == nullptr) continue;
    std::copy_n(layer.copies[found], shape_.state, layer.state);
    std::copy_n(layer.copies[found] + shape_.state, history_floats(), layer.rows);
  }
  fill_.settled = n_tokens;
  for (int& copy : fill_.copies) copy = copy <= n_tokens ? copy : 0;
}

bool RecurrentCache::set_fill(const Fill& fill, int size) {
  if (empty()) return fill == Fill{};
  if (fill.settled < 0 || fill.settled > size || size - fill.settled > kMostPending) return false;
  if (std::ranges::any_of(fill.copies, [&](int copy) { return copy < 0 || copy > fill.settled; })) return false;
  fill_ = fill;
  clean_ = false;
  return true;
}

std::vector<std::span<std::byte>> RecurrentCache::held(int index, int size) const {
  std::vector<std::span<std::byte>> pieces;
  if (empty() || layer(index).rows == nullptr || size == 0) return pieces;
  const Layer& kept = layer(index);
  const auto n_pending = static_cast<std::size_t>(size - fill_.settled);
  const auto add = [&](float* floats, std::size_t n) {
    if (n > 0) pieces.push_back(std::as_writable_bytes(std::span(floats, n)));
  };
  add(kept.state, shape_.state);
  add(kept.rows, (static_cast<std::size_t>(shape_.history) + n_pending) * shape_.row);
  add(kept.steps, n_pending * shape_.step);
  for (std::size_t i = 0; i < kCopies; ++i) add(kept.copies[i], fill_.copies[i] > 0 ? copy_floats() : 0);
  return pieces;
}

}  // namespace sotto::model
