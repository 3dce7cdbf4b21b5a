// WordPiece, BERT's tokenization: words in pieces, the longest piece of the vocabulary first. Knows
// no file format.
#pragma once

#include <memory>

#include "text/segmented_tokenizer.h"
#include "text/token_table.h"

namespace sotto::text {

class WordPieceTokenizer final : public SegmentedTokenizer {
 public:
  static Result<std::unique_ptr<Tokenizer>> create(Vocab vocab);

 private:
  explicit WordPieceTokenizer(Vocab vocab);

  void encode_segments(std::span<const Segment> segments, std::vector<TokenId>& out) const override;
  std::string decode_text(TokenId token) const override;

  void encode_word(std::string_view word, std::vector<TokenId>& out) const;
  // The longest piece that `word` has from `at` on; kNoToken when there is none. `length` is set to
  // its bytes.
  TokenId longest_piece(std::string_view word, std::size_t at, std::size_t& length) const;

  TokenTable by_spelling_;
  std::size_t longest_ = 0;  // bytes of the longest token
  std::string_view first_mark_,
      mark_;  // what is written before a word's first piece, and before the others
  bool lowercase_, strip_accents_;
};

}  // namespace sotto::text
