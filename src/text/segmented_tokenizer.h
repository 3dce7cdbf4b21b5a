// What all tokenizers share: joining the pieces, mending invalid UTF-8, cutting out the added
// tokens, and telling control tokens from text. Knows no algorithm: what lies between added tokens
// goes to encode_segments().
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "text/added_tokens.h"
#include "text/token_table.h"
#include "text/tokenizer.h"

namespace sotto::text {

// Either an added token, or (id == kNoToken) text to be tokenized: valid UTF-8, never empty.
struct Segment {
  std::string_view text;
  TokenId id;
};

class SegmentedTokenizer : public Tokenizer {
 public:
  explicit SegmentedTokenizer(Vocab vocab);

  std::vector<TokenId> encode(std::span<const Piece> pieces) const final;
  std::string decode(TokenId token, bool show_control = false) const final;
  const Vocab& vocab() const final { return vocab_; }
  bool ends_generation(TokenId token) const final;
  bool is_control(TokenId token) const final;

 protected:
  virtual void encode_segments(std::span<const Segment> segments, std::vector<TokenId>& out) const = 0;
  // The bytes of a token that is no control token.
  virtual std::string decode_text(TokenId token) const = 0;

  TokenKind kind(TokenId token) const { return kinds_[static_cast<std::size_t>(token)]; }
  // Whether text may become this token: control, unknown and byte tokens never come from a spelling
  // in text.
  bool spellable(TokenId token) const {
    return kind(token) == TokenKind::kNormal || kind(token) == TokenKind::kUserDefined ||
           kind(token) == TokenKind::kUnused;
  }
  std::string_view raw(TokenId token) const { return vocab_.tokens[static_cast<std::size_t>(token)]; }
  bool in_range(TokenId token) const { return token >= 0 && token < size(); }

  void set_kind(TokenId token, TokenKind kind) { kinds_[static_cast<std::size_t>(token)] = kind; }

  // Fills `table` with vocab().merges, of tokens as they stand in `by_spelling`. Errors: kBadFile (a merge that is no
  // pair, or that names unknown tokens).
  Result<void> index_merges(const TokenTable& by_spelling, MergeTable& table) const;

  // To be called once by the constructor of each algorithm, when all kinds are set.
  // spellings: [n_vocab], how user-defined tokens stand in text.
  void index_added_tokens(std::span<const std::string_view> spellings);

 private:
  void classify();
  void classify_gap();

  Vocab vocab_;
  std::vector<TokenKind> kinds_;  // [n_vocab]: vocab_.kinds, mended
  std::vector<TokenId> end_tokens_;
  AddedTokens added_;
};

}  // namespace sotto::text
