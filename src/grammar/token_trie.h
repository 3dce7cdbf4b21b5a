// The tokens of a vocabulary as a tree of their bytes, in one order: what a mask is found with. Knows no grammar.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace sotto::grammar {

// Immutable once made: may be shared by threads.
class TokenTrie {
 public:
  // One byte of a path from the root. Nodes stand in depth-first order, so that a subtree is a span of them.
  struct Node {
    std::uint32_t end;                      // one past the last node of its subtree
    std::uint32_t parent;                   // kNoParent: the root
    std::uint32_t first_token, last_token;  // in tokens(): those whose bytes end here, [first, last)
    std::uint16_t depth;                    // bytes on the path, this one included
    std::uint8_t byte;
  };
  static constexpr std::uint32_t kNoParent = ~0u;
  static constexpr std::size_t kMostBytes = 4096;  // longer tokens are never allowed

  // `bytes`: of every token; those with none are never allowed. `ends`: the tokens that end a text.
  TokenTrie(std::vector<std::string> bytes, std::vector<text::TokenId> ends);
  // Control tokens have no bytes.
  static std::shared_ptr<const TokenTrie> of(const text::Tokenizer& tokenizer);

  int n_tokens() const { return static_cast<int>(bytes_.size()); }
  // Empty where there is no such token.
  std::string_view bytes_of(text::TokenId token) const;
  bool ends(text::TokenId token) const;
  const std::vector<text::TokenId>& ends() const { return ends_; }

  std::span<const Node> nodes() const { return nodes_; }
  std::span<const text::TokenId> tokens() const { return sorted_; }
  int most_depth() const { return most_depth_; }

 private:
  void add_path(std::string_view bytes, std::size_t shared, std::vector<std::uint32_t>& path);

  std::vector<std::string> bytes_;
  std::vector<text::TokenId> ends_;
  std::vector<text::TokenId> sorted_;  // by their bytes
  std::vector<Node> nodes_;
  int most_depth_ = 0;
};

}  // namespace sotto::grammar
