#include "engine/constraint.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace sotto::engine {
namespace {

using grammar::TokenMask;

// Of the vocabulary: so many rows of its head are computed one by one sooner than all of them are (ops::Head).
constexpr int kFewShare = 96;

// Calls `visit` with each token that the mask allows, or with each that it does not.
template <class Visit>
void for_each_token(const TokenMask& mask, int n_tokens, bool allowed, const Visit& visit) {
  for (std::size_t i = 0; i < mask.bits.size(); ++i) {
    for (std::uint64_t word = allowed ? mask.bits[i] : ~mask.bits[i]; word != 0; word &= word - 1) {
      const auto token = static_cast<Token>(i * 64) + std::countr_zero(word);
      if (token >= n_tokens) return;
      visit(token);
    }
  }
}

}  // namespace

Constraint::Constraint(std::shared_ptr<grammar::TokenGrammar> grammar) {
  if (grammar == nullptr) return;
  n_tokens_ = grammar->n_tokens();
  matcher_.emplace(std::move(grammar));
}

Result<std::shared_ptr<const TokenMask>> Constraint::mask(grammar::Matcher& matcher) const {
  auto mask = matcher.mask();
  if (mask && (*mask)->n_allowed == 0 && extra_ == kNone)
    return Unexpected(ErrorCode::kUnsupported,
                      "the grammar asks for bytes that no token of the model's vocabulary has; change the grammar or "
                      "take another model");
  return mask;
}

// The masks here and after each token of the draft.
Result<std::vector<std::shared_ptr<const TokenMask>>> Constraint::masks_of(std::span<const Token> draft) const {
  std::vector<std::shared_ptr<const TokenMask>> masks;
  grammar::Matcher ahead = *matcher_;
  for (std::size_t i = 0;; ++i) {
    auto next = mask(ahead);
    if (!next) return forward_error(next);
    masks.push_back(std::move(*next));
    if (i == draft.size()) return masks;
    if (const auto accepted = ahead.accept(draft[i]); !accepted) return Unexpected(accepted.error());
  }
}

Result<int> Constraint::logits_needed(int n_best, std::span<const Token> draft, std::vector<Token>& changed) {
  if (!active() || n_best == 0) return n_best;
  const auto masks = masks_of(draft);
  if (!masks) return Unexpected(masks.error());
  int most_allowed = 0, most_forbidden = 0;
  for (const auto& mask : *masks) {
    most_allowed = std::max(most_allowed, mask->n_allowed);
    most_forbidden = std::max(most_forbidden, n_tokens_ - mask->n_allowed);
  }
  const bool few = most_allowed <= n_tokens_ / kFewShare;
  if (!few && most_forbidden > n_tokens_ / kFewShare) return 0;
  for (const auto& mask : *masks) for_each_token(*mask, n_tokens_, few, [&](Token token) { changed.push_back(token); });
  if (extra_ != kNone) changed.push_back(extra_);
  return few ? 1 : n_best;
}

Result<std::size_t> Constraint::allowed_of(std::span<const Token> draft) {
  if (!active()) return draft.size();
  grammar::Matcher ahead = *matcher_;
  for (std::size_t n = 0; n < draft.size(); ++n) {
    const auto accepted = ahead.accept(draft[n]);
    if (!accepted) return Unexpected(accepted.error());
    if (!*accepted || ahead.is_finished()) return n;
  }
  return draft.size();
}

Result<void> Constraint::forbid(std::span<float> logits) {
  if (!active()) return {};
  const auto allowed = mask(*matcher_);
  if (!allowed) return Unexpected(allowed.error());
  for_each_token(**allowed, static_cast<int>(logits.size()), false, [&](Token token) {
    if (token != extra_) logits[static_cast<std::size_t>(token)] = -std::numeric_limits<float>::infinity();
  });
  return {};
}

Result<bool> Constraint::accept(Token token) {
  if (!active()) return true;
  return matcher_->accept(token);
}

}  // namespace sotto::engine
