#include "grammar/masks.h"

#include <fmt/format.h>
#include <bit>
#include <utility>

namespace sotto::grammar {
namespace {

void allow(text::TokenId token, std::vector<std::uint64_t>& bits) {
  bits[static_cast<std::size_t>(token) / 64] |= std::uint64_t{1} << (static_cast<unsigned>(token) % 64);
}

}  // namespace

Masks::Masks(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenTrie> trie)
    : states_(std::move(grammar)),
      trie_(std::move(trie)),
      by_parts_(states_.grammar().most_least_depth() <= states_.grammar().limits().depth / 4),
      path_(static_cast<std::size_t>(trie_->most_depth()) + 1),
      may_leave_(path_.size()) {}

Result<std::shared_ptr<const TokenMask>> Masks::of(StateId state) {
  if (const auto known = masks_.find(state); known != masks_.end()) return known->second;
  states_.reset_steps();
  TokenMask mask{std::vector<std::uint64_t>(n_words()), 0};
  // Above half the depth, what is found for the innermost rule does not hold.
  if (by_parts_ && states_.depth(state) <= states_.grammar().limits().depth / 2) {
    set_by_parts(state, mask.bits);
  } else {
    walk(state, {0, static_cast<std::uint32_t>(trie_->nodes().size())}, mask.bits);
  }
  if (states_.exhausted())
    return Unexpected(ErrorCode::kBudget,
                      fmt::format("the grammar can be read in too many ways at once: more than {} stacks, or {} steps "
                                  "for one token; make its alternatives begin differently",
                                  states_.grammar().limits().stacks, states_.grammar().limits().steps));
  if (states_.complete(state))
    for (const text::TokenId end : trie_->ends()) allow(end, mask.bits);
  for (const std::uint64_t word : mask.bits) mask.n_allowed += std::popcount(word);
  // Whole masks are put together again sooner than the parts are found.
  const std::size_t most = states_.grammar().limits().cache_bytes / 4 / (n_words() * sizeof(std::uint64_t) + 1);
  if (masks_.size() > most) masks_.clear();
  return masks_[state] = std::make_shared<const TokenMask>(std::move(mask));
}

// The stacks with one frame are one rule's; what each allows, the state allows.
void Masks::set_by_parts(StateId state, std::vector<std::uint64_t>& bits) {
  std::map<FrameId, std::vector<Node>> rules;
  for (const States::Stack& stack : states_.stacks(state)) rules[stack.frame].push_back(stack.node);
  for (auto& [frame, nodes] : rules) {
    const Local& known = local(std::move(nodes));
    for (std::size_t word = 0; word < known.bits.size(); ++word) bits[word] |= known.bits[word];
    for (const text::TokenId token : known.few) allow(token, bits);
    for (const Span span : known.unknown) walk(state, span, bits);
  }
}

const Masks::Local& Masks::local(std::vector<Node> nodes) {
  const auto known = locals_.find(nodes);
  if (known != locals_.end()) return known->second;
  Local found = find_local(states_.within_unknown(nodes));
  make_sparse(found);
  local_bytes_ += found.bytes() + nodes.size() * sizeof(Node);
  // A result that was cut short must not stay.
  return locals_[states_.exhausted() ? std::vector<Node>() : std::move(nodes)] = std::move(found);
}

// Where the rule was left and the rest of a token is not the rule's, what is around it decides. A token that ends as
// the rule does is allowed: whatever is around it can go on.
Masks::Local Masks::find_local(StateId start) {
  Local found{std::vector<std::uint64_t>(n_words()), {}};
  const auto nodes = trie_->nodes();
  path_[0] = start;
  may_leave_[0] = states_.left_unknown(start);
  for (std::uint32_t i = 0; i < nodes.size();) {
    const TokenTrie::Node& node = nodes[i];
    const StateId state = states_.next(path_[node.depth - 1u], node.byte);
    if (state == States::kDead) {
      if (may_leave_[node.depth - 1u]) {
        if (!found.unknown.empty() && found.unknown.back().last == i) found.unknown.back().last = node.end;
        else found.unknown.push_back({i, node.end});
      }
      i = node.end;
      continue;
    }
    set_tokens(node, found.bits);
    path_[node.depth] = state;
    may_leave_[node.depth] = static_cast<char>(may_leave_[node.depth - 1u] || states_.left_unknown(state));
    ++i;
  }
  return found;
}

void Masks::walk(StateId start, Span span, std::vector<std::uint64_t>& bits) {
  const auto nodes = trie_->nodes();
  if (span.first >= span.last) return;
  find_path(nodes[span.first].parent, start);
  for (std::uint32_t i = span.first; i < span.last;) {
    const TokenTrie::Node& node = nodes[i];
    const StateId state = states_.next(path_[node.depth - 1u], node.byte);
    if (state == States::kDead) {
      i = node.end;
      continue;
    }
    set_tokens(node, bits);
    path_[node.depth] = state;
    ++i;
  }
}

// The states on the way to a node, itself included.
void Masks::find_path(std::uint32_t node, StateId start) {
  path_[0] = start;
  if (node == TokenTrie::kNoParent) return;
  const TokenTrie::Node& last = trie_->nodes()[node];
  find_path(last.parent, start);
  path_[last.depth] = states_.next(path_[last.depth - 1u], last.byte);
}

void Masks::set_tokens(const TokenTrie::Node& node, std::vector<std::uint64_t>& bits) const {
  for (std::uint32_t i = node.first_token; i < node.last_token; ++i) allow(trie_->tokens()[i], bits);
}

void Masks::make_sparse(Local& local) const {
  std::size_t n = 0;
  for (const std::uint64_t word : local.bits) n += static_cast<std::size_t>(std::popcount(word));
  if (n > n_words()) return;
  for (std::size_t i = 0; i < local.bits.size(); ++i)
    for (std::uint64_t word = local.bits[i]; word != 0; word &= word - 1)
      local.few.push_back(static_cast<text::TokenId>(i * 64) + std::countr_zero(word));
  local.bits = {};
}

std::size_t Masks::Local::bytes() const {
  constexpr std::size_t kPlace = 100;  // in a map
  return kPlace + bits.size() * sizeof(bits[0]) + few.size() * sizeof(few[0]) + unknown.size() * sizeof(unknown[0]);
}

}  // namespace sotto::grammar
