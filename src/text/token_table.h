// From a token's bytes to its id, and from a pair of ids to their merge: flat open-addressing tables that are
// built once, in one allocation each, and then only read.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/vocab.h"

namespace sotto::text {

class TokenTable {
 public:
  // Room for `tokens.size()` entries; `tokens` must outlive the table. Adds none.
  void reset(std::span<const std::string_view> tokens);
  // The first token of a spelling wins, as in a vocabulary that lists duplicates.
  void add(TokenId id);
  TokenId find(std::string_view bytes) const;  // kNoToken when there is none

 private:
  struct Slot {
    std::uint32_t tag = 0;
    TokenId id = kNoToken;
  };
  std::size_t first_slot(std::uint64_t hash) const { return hash >> shift_; }

  std::span<const std::string_view> tokens_;
  std::vector<Slot> slots_;
  unsigned shift_ = 63;
  std::uint64_t seed_ = 0;
};

struct Merge {
  std::uint32_t rank;  // the lower, the more wanted
  TokenId id;          // kNoToken: these two do not merge
};

class MergeTable {
 public:
  void reset(std::size_t n_merges);
  void set(TokenId left, TokenId right, Merge merge);  // the last one set wins
  Merge find(TokenId left, TokenId right) const;

 private:
  struct Slot {
    std::uint64_t pair = kEmpty;
    Merge merge{0, kNoToken};
  };
  static constexpr std::uint64_t kEmpty = ~0ull;
  static std::uint64_t key(TokenId left, TokenId right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::size_t find_slot(std::uint64_t pair) const;

  std::vector<Slot> slots_;
  unsigned shift_ = 63;
  std::uint64_t seed_ = 0;
};

}  // namespace sotto::text
