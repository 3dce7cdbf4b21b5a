// Guesses the next tokens of a text from the text itself: those that followed where its end stood before. Owns the
// text and an index of it; knows nothing of models, or of whether a guess is worth its price.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sotto/engine.h"

namespace sotto::engine {

// Places are found as Lempel and Ziv's compressors find theirs (RFC 1951, section 4): by chains of the places where the
// same two tokens stand, newest first, of which a bounded number is looked at. So a token costs the same however long
// the text is. Memory: at most 16 bytes for each of `most_tokens`. Not thread-safe.
class Drafter {
 public:
  static constexpr int kMostMatched = 32;

  // `most_tokens`: how long the text may become; beyond it, guesses only get slower. Throws std::bad_alloc.
  Drafter(std::span<const Token> prompt, std::size_t most_tokens);

  // The text goes on with `token`.
  void push(Token token);

  // Fills `guesses` with the tokens that may come next. Returns how many tokens before them agree with the end of the
  // text, at most kMostMatched: the more, the likelier the guesses. 0: there is no guess.
  int guess(std::span<Token> guesses) const;

 private:
  // Where the text may go on as it did before.
  struct Place {
    std::size_t next = 0;  // position of what followed
    int matched = 0;       // tokens before it that agree with the end of the text; 0: no place
  };

  void append(Token token);
  Place place_before(std::size_t next) const;
  Place longest_match(Place best) const;
  Place resumed() const;

  std::vector<Token> text_;
  std::vector<std::int32_t> latest_;    // [a power of two], by hash of two tokens: position of the second; -1: none
  std::vector<std::int32_t> previous_;  // [text_.size()]: the position before of the same hash; -1: none
  Place place_;
  std::size_t lost_at_ = 0;  // what would have followed when the text last went another way
  int n_lost_;               // tokens since then
};

}  // namespace sotto::engine
