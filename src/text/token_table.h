// From a token's bytes to its id, and from a pair of ids to their merge: flat open-addressing
// tables that are built once, in one allocation each, and then only read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/hash.h"
#include "text/vocab.h"

namespace sotto::text {

class TokenTable {
 public:
  // Indexes the tokens that `keep(id)` wants; `tokens` must outlive the table. The first token of a
  // spelling wins, as in a vocabulary that lists duplicates.
  template <class Keep>
  void build(std::span<const std::string_view> tokens, const Keep& keep) {
    reset(tokens);
    // Most of the time goes into waiting for memory: each slot is asked for some tokens ahead.
    std::uint64_t hashes[kAhead];
    for (std::size_t i = 0; i < tokens.size() + kAhead; ++i) {
      if (i >= kAhead) {
        const auto id = static_cast<TokenId>(i - kAhead);
        if (keep(id)) insert(id, hashes[i % kAhead]);
      }
      if (i < tokens.size()) hashes[i % kAhead] = prepare(tokens[i]);
    }
  }

  TokenId find(std::string_view bytes) const { return find(bytes, hash_bytes(bytes, seed_)); }

  // A look-up in two steps, so that several can wait for memory together: find(bytes,
  // prepare(bytes)).
  std::uint64_t prepare(std::string_view bytes) const {
    const std::uint64_t hash = hash_bytes(bytes, seed_);
    __builtin_prefetch(&slots_[hash >> shift_]);
    return hash;
  }
  TokenId find(std::string_view bytes, std::uint64_t hash) const;  // kNoToken when there is none

 private:
  static constexpr std::size_t kAhead = 16;
  // Most spellings are short and stand in the slot itself: comparing one costs no other access to
  // memory.
  struct Slot {
    std::uint32_t tag = 0;  // of the hash, and the length
    TokenId id = kNoToken;
    std::uint64_t head = 0;
  };
  static Slot slot_for(std::string_view bytes, std::uint64_t hash, TokenId id) {
    constexpr std::size_t kMostLength = 0xFF;
    const auto tag = static_cast<std::uint32_t>(hash << 8 | std::min(bytes.size(), kMostLength));
    return {tag, id, load_short(bytes.data(), std::min<std::size_t>(bytes.size(), 8))};
  }
  // Where `bytes` stands or would stand.
  std::size_t locate(std::string_view bytes, std::uint64_t hash) const;
  void reset(std::span<const std::string_view> tokens);
  void insert(TokenId id, std::uint64_t hash);

  std::span<const std::string_view> tokens_;
  std::vector<Slot> slots_;
  unsigned shift_ = 63;
  std::uint64_t seed_ = 0;
};

// Two tokens and what they become. The earlier in the list, the more wanted.
struct Merge {
  TokenId left, right, id;
};

class MergeTable {
 public:
  // Of merges of one pair, the last one holds. Those whose id is kNoToken are left out.
  void build(std::vector<Merge> merges);

  // The rank of the merge of two tokens: its place in the list; kNone when they do not merge.
  static constexpr std::uint32_t kNone = ~0u;
  std::uint32_t find(TokenId left, TokenId right) const;
  TokenId result(std::uint32_t rank) const { return merges_[rank].id; }

 private:
  std::size_t first_slot(const Merge& merge) const;

  std::vector<Merge> merges_;
  std::vector<std::uint32_t> slots_;  // ranks
  unsigned shift_ = 63;
  std::uint64_t seed_ = 0;
};

}  // namespace sotto::text
