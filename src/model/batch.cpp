#include "model/batch.h"

#include <algorithm>

#include "model/kv_cache.h"

namespace sotto::model {

bool Batch::take(std::span<const Part> parts, int most) {
  places_.clear();
  pieces_.clear();
  while (next_part_ < parts.size() && size() < most) {
    const Part& part = parts[next_part_];
    const auto rest = part.tokens.subspan(next_token_);
    const auto taken = rest.first(std::min(rest.size(), static_cast<std::size_t>(most - size())));
    if (!taken.empty()) add(part, taken);
    next_token_ += taken.size();
    if (taken.size() < rest.size()) break;
    ++next_part_;
    next_token_ = 0;
  }
  return !places_.empty();
}

// `tokens`: a piece of the part's, from next_token_ on.
void Batch::add(const Part& part, std::span<const std::int32_t> tokens) {
  const int n_tokens = static_cast<int>(tokens.size()), position = part.cache.size();
  pieces_.push_back({.part = &part,
                     .first = size(),
                     .n_tokens = n_tokens,
                     .done = static_cast<int>(next_token_),
                     .ends_part = next_token_ + tokens.size() == part.tokens.size(),
                     .plan = part.cache.recurrent().plan(position, n_tokens, part.which == LogitsFor::kAll)});
  for (int i = 0; i < n_tokens; ++i)
    places_.push_back({tokens[static_cast<std::size_t>(i)], &part.cache, position + i});
}

void Batch::finish() const {
  for (const Piece& piece : pieces_) {
    piece.part->cache.recurrent().finish(piece.plan);
    piece.part->cache.advance(piece.n_tokens);
  }
}

int Batch::first_wanted() const {
  for (const Piece& piece : pieces_)
    if (piece.n_wanted() > 0) return piece.first_wanted();
  return size();
}

std::pair<int, int> Batch::pieces_of(const Lane& lane) const {
  int first = 0, last = static_cast<int>(pieces_.size());
  const auto at = [&](int piece) -> const Piece& { return pieces_[static_cast<std::size_t>(piece)]; };
  while (first < last && at(first).first + at(first).n_tokens <= lane.first) ++first;
  while (last > first && at(last - 1).first >= lane.first + lane.n_tokens) --last;
  return {first, last};
}

Batch::Run Batch::run_of(int index, const Lane& lane) const {
  const Piece& piece = pieces_[static_cast<std::size_t>(index)];
  const int first = std::max(piece.first, lane.first);
  const int end = std::min(piece.first + piece.n_tokens, lane.first + lane.n_tokens);
  return {&piece.part->cache, first, end - first, at(first).position};
}

}  // namespace sotto::model
