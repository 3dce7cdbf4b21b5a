// A compiled grammar: a pushdown automaton over bytes. Each rule is a graph from its start to its end, whose edges take
// bytes, nothing, or what another rule matches. Knows no notation, no tokens, and not where a text is being matched.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "grammar/limits.h"

namespace sotto::grammar {

using Node = std::int32_t;
using Rule = std::int32_t;

struct Edge {
  enum class Kind : std::uint8_t { kBytes, kSkip, kCall };
  Kind kind;
  std::uint8_t first = 0, last = 0;  // kBytes: the byte lies between, ends included
  Rule rule = 0;                     // kCall
  Node to = 0;
};

inline constexpr int kNever = 1 << 20;

// Immutable once made (Builder::finish): may be shared by threads. From every node that a match can reach, the end can
// be reached within the depth that least_depth() says.
class Grammar {
 public:
  Node start() const { return start_; }
  std::size_t n_nodes() const { return flags_.size(); }
  Node start_of(Rule rule) const { return rules_[static_cast<std::size_t>(rule)]; }
  std::span<const Edge> edges(Node node) const {
    const auto at = static_cast<std::size_t>(node);
    return std::span(edges_).subspan(first_edge_[at], first_edge_[at + 1] - first_edge_[at]);
  }
  bool ends(Node node) const { return (flags_[static_cast<std::size_t>(node)] & kEnds) != 0; }
  bool takes_bytes(Node node) const { return (flags_[static_cast<std::size_t>(node)] & kTakesBytes) != 0; }
  // How many rules must be open at a time, at least, to get from here to the end of the node's rule; kNever.
  int least_depth(Node node) const { return depths_[static_cast<std::size_t>(node)]; }
  int most_least_depth() const { return most_least_depth_; }  // of all nodes that can end

  // Bytes that no edge tells apart are of one class.
  int n_classes() const { return n_classes_; }
  int class_of(std::uint8_t byte) const { return classes_[byte]; }

  const Limits& limits() const { return limits_; }

 private:
  friend class Builder;
  static constexpr std::uint8_t kEnds = 1, kTakesBytes = 2;

  Limits limits_;
  Node start_ = 0;
  std::vector<Node> rules_;
  std::vector<std::uint32_t> first_edge_;  // [n_nodes + 1]
  std::vector<Edge> edges_;
  std::vector<std::uint8_t> flags_;
  std::vector<int> depths_;
  int most_least_depth_ = 0;
  int n_classes_ = 0;
  std::array<std::uint8_t, 256> classes_{};
};

}  // namespace sotto::grammar
