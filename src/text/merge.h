// The merging at the heart of byte-pair encoding: of all neighbours that may merge, the most wanted
// do, the leftmost first, until none may. Knows no vocabulary: a look-up says what two neighbours
// become.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "text/vocab.h"

namespace sotto::text {

// A token and where it stands in the word.
struct Symbol {
  TokenId id;
  std::uint32_t begin, bytes;
};

// What two neighbours would become. Lower keys merge first; among equal keys lower ids, then the
// leftmost pair.
struct Candidate {
  std::uint64_t key;
  TokenId id;  // kNoToken: they do not merge
};

// Scratch space of the merging: keep one for many words. Not thread-safe.
class Merger {
 public:
  // Replaces `symbols` by what is left after all merges.
  // lookup(left, right) -> Candidate, for two Symbols. O(n log n) for n symbols.
  template <class Lookup>
  void run(std::vector<Symbol>& symbols, const Lookup& lookup) {
    if (symbols.size() < 2) return;
    symbols.size() <= kFew ? merge_few(symbols, lookup) : merge_many(symbols, lookup);
  }

 private:
  // Up to this many symbols a plain search for the best pair beats a heap.
  static constexpr std::size_t kFew = 32;
  static constexpr std::uint32_t kNone = ~0u;

  struct Node {
    Symbol symbol;
    std::uint32_t previous, next;  // kNone at the ends
    Candidate candidate;           // with the next node
  };
  struct Entry {
    Candidate candidate;
    std::uint32_t at;
  };
  static Symbol join(TokenId id, const Symbol& left, const Symbol& right) {
    return {id, left.begin, left.bytes + right.bytes};
  }
  static bool before(const Candidate& a, const Candidate& b) { return a.key != b.key ? a.key < b.key : a.id < b.id; }
  // std::push_heap keeps the greatest on top: the most wanted must compare as greatest.
  static bool less_wanted(const Entry& a, const Entry& b) {
    if (before(a.candidate, b.candidate)) return false;
    if (before(b.candidate, a.candidate)) return true;
    return a.at > b.at;
  }

  template <class Lookup>
  static void merge_few(std::vector<Symbol>& symbols, const Lookup& lookup);
  template <class Lookup>
  void merge_many(std::vector<Symbol>& symbols, const Lookup& lookup);
  template <class Lookup>
  void offer(std::uint32_t left, const Lookup& lookup);

  std::vector<Node> nodes_;
  std::vector<Entry> heap_;
};

template <class Lookup>
void Merger::merge_few(std::vector<Symbol>& symbols, const Lookup& lookup) {
  Candidate pairs[kFew];
  std::size_t n = symbols.size();
  for (std::size_t i = 0; i + 1 < n; ++i) pairs[i] = lookup(symbols[i], symbols[i + 1]);
  while (n > 1) {
    std::size_t best = n;
    for (std::size_t i = 0; i + 1 < n; ++i) {
      if (pairs[i].id == kNoToken) continue;
      if (best == n || before(pairs[i], pairs[best])) best = i;
    }
    if (best == n) break;
    symbols[best] = join(pairs[best].id, symbols[best], symbols[best + 1]);
    for (std::size_t i = best + 1; i + 1 < n; ++i) {
      symbols[i] = symbols[i + 1];
      pairs[i] = pairs[i + 1];
    }
    --n;
    if (best > 0) pairs[best - 1] = lookup(symbols[best - 1], symbols[best]);
    if (best + 1 < n) pairs[best] = lookup(symbols[best], symbols[best + 1]);
  }
  symbols.resize(n);
}

template <class Lookup>
void Merger::offer(std::uint32_t left, const Lookup& lookup) {
  Node& node = nodes_[left];
  node.candidate = {0, kNoToken};
  if (node.next == kNone) return;
  node.candidate = lookup(node.symbol, nodes_[node.next].symbol);
  if (node.candidate.id == kNoToken) return;
  heap_.push_back({node.candidate, left});
}

template <class Lookup>
void Merger::merge_many(std::vector<Symbol>& symbols, const Lookup& lookup) {
  const auto n = static_cast<std::uint32_t>(symbols.size());
  nodes_.resize(n);
  heap_.clear();
  for (std::uint32_t i = 0; i < n; ++i) {
    nodes_[i] = {symbols[i], i == 0 ? kNone : i - 1, i + 1 == n ? kNone : i + 1, {0, kNoToken}};
  }
  for (std::uint32_t i = 0; i + 1 < n; ++i) offer(i, lookup);
  std::make_heap(heap_.begin(), heap_.end(), less_wanted);
  while (!heap_.empty()) {
    const Entry top = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), less_wanted);
    heap_.pop_back();
    Node& node = nodes_[top.at];
    // A pair that has changed since it was offered has another candidate now, or none.
    if (node.candidate.id != top.candidate.id || node.candidate.key != top.candidate.key) continue;
    Node& eaten = nodes_[node.next];
    node.symbol = join(top.candidate.id, node.symbol, eaten.symbol);
    node.next = eaten.next;
    eaten.candidate = {0, kNoToken};
    if (node.next != kNone) nodes_[node.next].previous = top.at;
    const auto offer_to_heap = [&](std::uint32_t left) {
      const std::size_t before_size = heap_.size();
      offer(left, lookup);
      if (heap_.size() > before_size) std::push_heap(heap_.begin(), heap_.end(), less_wanted);
    };
    if (node.previous != kNone) offer_to_heap(node.previous);
    offer_to_heap(top.at);
  }
  symbols.clear();
  for (std::uint32_t i = 0; i != kNone; i = nodes_[i].next) symbols.push_back(nodes_[i].symbol);
}

}  // namespace sotto::text
