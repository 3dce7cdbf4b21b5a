// SentencePiece's byte-pair encoding (Llama 2, Gemma): spaces are written as U+2581, merges go by
// score or by their order in a list, and what the vocabulary lacks falls back to bytes. Knows no file format.
#pragma once

#include <array>
#include <bitset>
#include <memory>

#include "text/merge.h"
#include "text/segmented_tokenizer.h"
#include "text/token_table.h"

namespace sotto::text {

class SentencePieceTokenizer final : public SegmentedTokenizer {
 public:
  // Errors: kBadFile (no scores, or no list of merges where they go by it).
  static Result<std::unique_ptr<Tokenizer>> create(Vocab vocab);

 private:
  explicit SentencePieceTokenizer(Vocab vocab);
  void spell_tokens();
  void index_bytes();
  void index_cuts();

  void encode_segments(std::span<const Segment> segments, std::vector<TokenId>& out) const override;
  std::string decode_text(TokenId token) const override;

  void normalize(std::string_view text, std::string& out) const;
  // Appends the characters of `word` as symbols; those that the vocabulary lacks as bytes, or as
  // "unknown".
  void append_symbols(std::string_view word, std::vector<Symbol>& symbols) const;
  Candidate candidate(std::string_view word, const Symbol& left, const Symbol& right) const;
  std::size_t next_cut(std::string_view text) const;

  std::vector<std::string_view> spellings_;  // [n_vocab]: the tokens with spaces written as U+2581
  std::vector<std::string> respelt_;         // where spellings_ differ from the vocabulary's
  TokenTable by_spelling_;
  MergeTable merges_;                        // where they go by their order
  std::array<TokenId, 256> byte_tokens_{};   // kNoToken where the vocabulary lacks the byte
  std::array<TokenId, 128> ascii_tokens_{};  // the tokens of single characters
  // The characters (hashed) that stand before U+2581 inside some token. Between any other character
  // and U+2581 nothing ever merges.
  std::bitset<4096> joins_space_;
};

}  // namespace sotto::text
