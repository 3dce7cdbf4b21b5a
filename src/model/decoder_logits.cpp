// Logits of the tokens of a batch that they are wanted of.
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/table.h"
#include "model/decoder.h"

namespace sotto::model {

void Decoder::read_head_input(Lane& lane) {
  read_residual(lane, weights_.output_norm, weights_.output_norm_bias, ops::Precision::kRefined);
  show(lane, {&weights_.head()});
}

// The residual rows of the tokens whose logits are wanted become the first ones; how many they are.
int Decoder::gather_wanted() {
  const int d = spec_.model_dim;
  int n_wanted = 0;
  for (const Batch::Piece& piece : batch_.pieces()) {
    for (int t = piece.first_wanted(); t < piece.first + piece.n_tokens; ++t, ++n_wanted)
      if (t != n_wanted) std::copy_n(residual_.data() + t * d, d, residual_.data() + n_wanted * d);
  }
  return n_wanted;
}

// What is enough for every piece that wants logits.
ops::Best Decoder::best_for_all() {
  ops::Best best;
  exact_rows_.clear();
  for (const Batch::Piece& piece : batch_.pieces()) {
    const ops::Best& wanted = piece.part->which.best;
    if (piece.n_wanted() == 0) continue;
    if (wanted.count == 0) return {};
    best.count = std::max(best.count, wanted.count);
    exact_rows_.insert(exact_rows_.end(), wanted.also.begin(), wanted.also.end());
  }
  best.also = exact_rows_;
  return best;
}

void Decoder::compute_logits() {
  if (observer_) for_lanes(0, batch_.size(), [&](Lane& lane) { read_head_input(lane); });
  const int n_wanted = gather_wanted();
  if (n_wanted == 0) return;
  const std::int64_t n_vocab = spec_.n_vocab;
  const auto logits_of = [&](const Batch::Piece& piece) {
    return piece.part->logits.data() + (piece.part->which == LogitsFor::kAll ? piece.done * n_vocab : 0);
  };
  const auto pieces = batch_.pieces();
  const auto wanting =
      std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.n_wanted() > 0; });
  const bool alone = wanting->n_wanted() == n_wanted;
  if (!alone) shared_logits_.resize(static_cast<std::size_t>(n_wanted * n_vocab));
  float* out = alone ? logits_of(*wanting) : shared_logits_.data();
  const ops::Best best = best_for_all();
  for_lanes(0, n_wanted, [&](Lane& lane) { compute_logits(lane, best, out + lane.first * n_vocab); });
  if (alone) return;
  first_rows_.clear();
  for (std::int64_t row = 0; const Batch::Piece& piece : pieces)
    first_rows_.push_back(std::exchange(row, row + piece.n_wanted()));
  pool_->run(static_cast<int>(pieces.size()), [&](int task, int) {
    const auto i = static_cast<std::size_t>(task);
    std::copy_n(out + first_rows_[i] * n_vocab, pieces[i].n_wanted() * n_vocab, logits_of(pieces[i]));
  });
}

void Decoder::compute_logits(Lane& lane, const ops::Best& best, float* logits) {
  read_residual(lane, weights_.output_norm, weights_.output_norm_bias, ops::Precision::kRefined);
  lane.head.run(lane.x, weights_.head(), best, logits, lane.pool);
  if (spec_.logit_scale == 1.0f && spec_.logit_cap == 0) return;
  constexpr std::int64_t kPiece = 8192;
  const std::int64_t n = std::int64_t{lane.n_tokens} * spec_.n_vocab;
  lane.pool.run(static_cast<int>((n + kPiece - 1) / kPiece), [&](int piece, int) {
    adjust_logits({logits + piece * kPiece, static_cast<std::size_t>(std::min(kPiece, n - piece * kPiece))});
  });
}

// Minus infinity, which stands for what was left out, stays.
void Decoder::adjust_logits(std::span<float> logits) const {
  for (float& logit : logits) logit *= spec_.logit_scale;
  if (spec_.logit_cap == 0) return;
  const auto left_out = [](float logit) { return std::isinf(logit); };
  for (auto from = logits.begin(); from != logits.end();) {
    from = std::find_if_not(from, logits.end(), left_out);
    const auto to = std::find_if(from, logits.end(), left_out);
    if (from != to) kernels::table().cap(&*from, static_cast<int>(to - from), spec_.logit_cap);
    from = to;
  }
}

}  // namespace sotto::model
