// Remembers what the words of one text became, so that a word that comes again is copied rather than merged.
// Lives as long as one call: holds positions in the text and in the output, never copies.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/hash.h"
#include "text/vocab.h"

namespace sotto::text {

class WordCache {
 public:
  // For a text of about `text_bytes` bytes; a short text gets a small table.
  explicit WordCache(std::size_t text_bytes) : slots_(slots_for(text_bytes)), seed_(hash_seed()) {}

  // Appends what `word` became before and returns true, or returns false: then the caller appends the tokens
  // to `out` and calls keep(). All words must be views into one text that stays where it is.
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
  static std::size_t slots_for(std::size_t text_bytes) {
    std::size_t slots = 16;
    while (slots < 16384 && slots * 16 < text_bytes) slots *= 2;
    return slots;
  }

  std::vector<Slot> slots_;
  std::uint64_t seed_;
  Slot* slot_ = nullptr;
};

}  // namespace sotto::text
