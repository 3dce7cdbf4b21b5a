#include "engine/prefixes.h"

#include "engine/sequence.h"

namespace sotto::engine {
namespace {

constexpr int kWorthwhile = 128;  // tokens more than the borrower has; a copy is of whole chunks of 64

}  // namespace

void Prefixes::add(Sequence& sequence) {
  const auto held = hold();
  sequences_.push_back(&sequence);
}

void Prefixes::remove(Sequence& sequence) {
  const auto held = hold();
  std::erase(sequences_, &sequence);
}

void Prefixes::lend(Sequence& borrower, std::span<const Token> tokens) {
  const auto held = hold();
  const Sequence* lender = nullptr;
  int most = borrower.n_common(tokens) + kWorthwhile;
  for (const Sequence* sequence : sequences_) {
    const int n_common = sequence == &borrower ? 0 : sequence->n_common(tokens);
    if (n_common < most) continue;
    lender = sequence;
    most = n_common;
  }
  if (lender != nullptr) borrower.take_beginning(*lender, tokens);
}

}  // namespace sotto::engine
