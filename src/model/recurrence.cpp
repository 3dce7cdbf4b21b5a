#include "model/recurrence.h"

#include <algorithm>

#include "model/gated_delta.h"
#include "model/short_conv.h"

namespace sotto::model {

std::unique_ptr<Recurrence> make_recurrence(const DecoderSpec& spec) {
  for (const Mixer mixer : spec.mixers) {
    if (mixer == Mixer::kShortConv) return std::make_unique<ShortConv>(spec);
    if (mixer == Mixer::kGatedDelta) return std::make_unique<GatedDelta>(spec);
  }
  return nullptr;
}

void ConvRows::begin(const RecurrentCache::Plan& plan) {
  plan_ = plan;
  grow(rows_, history_ + plan.n_all(), width_, 0);
}

void ConvRows::load(const float* kept) { std::copy_n(kept, (history_ + plan_.n_pending) * width_, rows_.data()); }

void ConvRows::store(const RecurrentCache::Layer& kept, std::size_t state_floats) const {
  const int n_left = plan_.n_all() - plan_.n_settled;
  std::copy_n(seen_by(plan_.n_settled), (history_ + n_left) * width_, kept.rows);
  if (plan_.copied < 0) return;
  float* copy = kept.copies[static_cast<std::size_t>(plan_.copy)] + state_floats;
  std::copy_n(seen_by(plan_.copied), history_ * width_, copy);
}

}  // namespace sotto::model
