#include "grammar/matcher.h"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

#include "base/check.h"

namespace sotto::grammar {

TokenGrammar::TokenGrammar(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenTrie> trie)
    : grammar_(std::move(grammar)), trie_(std::move(trie)), newest_(make()) {}

std::shared_ptr<TokenGrammar::Known> TokenGrammar::newest() {
  const std::lock_guard lock(mutex_);
  return newest_;
}

std::shared_ptr<TokenGrammar::Known> TokenGrammar::after(const std::shared_ptr<Known>& full) {
  const std::lock_guard lock(mutex_);
  if (newest_ == full) newest_ = make();
  return newest_;
}

Matcher::Matcher(std::shared_ptr<TokenGrammar> grammar) : grammar_(std::move(grammar)), known_(grammar_->newest()) {
  const std::lock_guard lock(known_->mutex);
  states().reset_steps();
  past_.push_back(states().start());
}

// Holds what is known; where that is full, moves to its successor first.
std::unique_lock<std::mutex> Matcher::open() {
  std::unique_lock lock(known_->mutex);
  if (known_->masks.bytes() <= states().grammar().limits().cache_bytes) return lock;
  const std::shared_ptr<Known> next = grammar_->after(known_);
  if (next == known_) return lock;
  std::unique_lock next_lock(next->mutex);
  for (StateId& state : past_)
    if (state != kEnded) state = states().copy_to(next->masks.states(), state);
  lock.unlock();
  known_ = next;
  return next_lock;
}

Result<std::shared_ptr<const TokenMask>> Matcher::mask() {
  const auto lock = open();
  return known_->masks.of(state() == kEnded ? States::kDead : state());
}

Result<bool> Matcher::accept(text::TokenId token) {
  const TokenTrie& trie = known_->masks.trie();
  if (!trie.ends(token)) return accept_bytes(trie.bytes_of(token));
  if (!is_complete()) return false;
  return go_to(kEnded);
}

Result<bool> Matcher::accept_bytes(std::string_view bytes) {
  const auto lock = open();
  if (bytes.empty() || state() == kEnded) return false;
  states().reset_steps();
  const StateId next = states().next(state(), bytes);
  if (states().exhausted())
    return Unexpected(ErrorCode::kBudget, fmt::format("the grammar can be read in too many ways at once: more than {} "
                                                      "stacks; make its alternatives begin differently",
                                                      states().grammar().limits().stacks));
  if (next == States::kDead) return false;
  return go_to(next);
}

Result<bool> Matcher::go_to(StateId state) {
  // Not at each token: what is taken away moves the rest.
  if (past_.size() > 4 * kMostRollback) past_.erase(past_.begin(), past_.end() - kMostRollback);
  past_.push_back(state);
  return true;
}

void Matcher::rollback(int n) {
  SOTTO_CHECK(n >= 0 && static_cast<std::size_t>(n) < past_.size());
  past_.resize(past_.size() - static_cast<std::size_t>(n));
}

bool Matcher::is_complete() {
  const std::lock_guard lock(known_->mutex);
  return state() != kEnded && states().complete(state());
}

bool Matcher::is_finished() {
  const std::lock_guard lock(known_->mutex);
  return state() == kEnded || (states().complete(state()) && states().stacks(state()).empty());
}

Result<std::string> Matcher::forced_bytes(std::size_t most) {
  const auto lock = open();
  std::string bytes;
  states().reset_steps();
  for (StateId at = state() == kEnded ? States::kDead : state(); bytes.size() < most;) {
    const int byte = states().forced_byte(at);
    if (byte < 0) break;
    at = states().next(at, static_cast<std::uint8_t>(byte));
    if (at == States::kDead) break;
    bytes += static_cast<char>(byte);
  }
  if (states().exhausted()) return Unexpected(ErrorCode::kBudget, "the grammar can be read in too many ways at once");
  return bytes;
}

}  // namespace sotto::grammar
