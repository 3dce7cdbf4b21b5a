// Finds the tokens that are matched as they are written, before any other rule: control tokens
// where the text may be trusted, user-defined ones everywhere. Knows no tokenization.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/vocab.h"

namespace sotto::text {

// A stretch of text in bytes: [begin, end).
struct Range {
  std::size_t begin, end;
};

struct AddedMatch {
  Range where;
  TokenId id;
};

// How an added token is looked for.
struct AddedToken {
  TokenId id;
  bool control;             // only inside a trusted range
  bool eats_space = false;  // white space after it belongs to the match
};

// Immutable once all tokens are added.
class AddedTokens {
 public:
  // Never found: empty spellings, those longer than kLongest, and those that are no UTF-8, which
  // could cut a character of the text. The first token of a spelling wins.
  void add(std::string_view spelling, const AddedToken& token);

  // The matches from left to right, without overlap; at each place the longest that may stand
  // there. `trusted`: ranges of `text`, ascending and apart. O(text.size() * longest spelling), in
  // practice one look a byte.
  std::vector<AddedMatch> find(std::string_view text, std::span<const Range> trusted) const;

  static constexpr std::size_t kLongest = 1024;

 private:
  struct Edge {
    unsigned char byte;
    std::uint32_t node;
  };
  struct Node {
    std::vector<Edge> edges;
    TokenId control = kNoToken, user_defined = kNoToken;
  };
  const Node* child(const Node& node, unsigned char byte) const;
  AddedMatch longest_at(std::string_view text, std::size_t at, std::size_t trusted_end) const;

  std::vector<Node> nodes_{1};
  std::vector<TokenId> eaters_;  // ascending
  bool starts_[256] = {};
};

}  // namespace sotto::text
