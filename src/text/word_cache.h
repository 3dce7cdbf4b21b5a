// What one call remembers, so that work that comes again is copied: words and what they became,
// pairs of tokens and what they merge into. Direct-mapped: a newcomer takes the place of what stood
// there.
#pragma once

#include <algorithm>
#include <bit>
#include <string_view>
#include <vector>

#include "text/hash.h"
#include "text/merge.h"

namespace sotto::text {

// Holds positions in the text and in the output, never copies.
class WordCache {
 public:
  // For a text of about `text_bytes` bytes; a short text gets a small table.
  explicit WordCache(std::size_t text_bytes)
      : slots_(std::bit_ceil(std::clamp<std::size_t>(text_bytes / 16, 16, 16384))), seed_(hash_seed()) {}

  // Appends what `word` became before and returns true, or returns false: then the caller appends
  // the tokens to `out` and calls keep(). All words must be views into one text that stays where it
  // is.
  bool copy(std::string_view word, std::vector<TokenId>& out) {
    if (word.size() > kLongestWord) return false;
    slot_ = &slots_[hash_bytes(word, seed_) >> 32 & (slots_.size() - 1)];
    if (slot_->word != word) return false;
    const std::size_t at = out.size();
    out.resize(at + slot_->count);
    std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(slot_->at), slot_->count,
                out.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }

  // `word`, just refused by copy(), became out[at…].
  void keep(std::string_view word, std::size_t at, const std::vector<TokenId>& out) {
    if (word.size() <= kLongestWord) *slot_ = {word, at, out.size() - at};
  }

 private:
  static constexpr std::size_t kLongestWord = 128;
  struct Slot {
    std::string_view word;  // empty: free (words never are)
    std::size_t at = 0, count = 0;
  };
  std::vector<Slot> slots_;
  std::uint64_t seed_;
  Slot* slot_ = nullptr;
};

// Remembers what pairs of tokens become, within one call.
class PairCache {
 public:
  explicit PairCache(std::size_t text_bytes)
      : slots_(std::bit_ceil(std::clamp<std::size_t>(text_bytes / 4, 16, 65536))) {}

  // What the pair became before, or what `look_up()` now says.
  template <class LookUp>
  Candidate get(TokenId left, TokenId right, const LookUp& look_up) {
    const auto pair =
        static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
    Slot& slot = slots_[mix_bits(pair) >> 32 & (slots_.size() - 1)];
    if (slot.pair != pair) slot = {pair, look_up()};
    return slot.candidate;
  }

 private:
  struct Slot {
    std::uint64_t pair = ~0ull;  // no two tokens
    Candidate candidate{0, kNoToken};
  };
  std::vector<Slot> slots_;
};

}  // namespace sotto::text
