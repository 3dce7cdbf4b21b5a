// Byte-level byte-pair encoding: GPT-2's, and what most families since use. Knows no file format.
#pragma once

#include <array>
#include <memory>

#include "text/pretokenizer.h"
#include "text/segmented_tokenizer.h"
#include "text/token_table.h"

namespace sotto::text {

class BpeTokenizer final : public SegmentedTokenizer {
 public:
  // Errors: kUnsupported (pre-tokenizer), kBadFile (a merge that is no pair, or that names unknown
  // tokens).
  static Result<std::unique_ptr<Tokenizer>> create(Vocab vocab);

 private:
  BpeTokenizer(Vocab vocab, const Pretokenizer& pretokenizer);

  void encode_segments(std::span<const Segment> segments, std::vector<TokenId>& out) const override;
  std::string decode_text(TokenId token) const override;

  const Pretokenizer& pretokenizer_;
  TokenTable by_spelling_;
  MergeTable merges_;
  std::array<TokenId, 256> byte_tokens_{};  // kNoToken where the vocabulary lacks the byte
};

}  // namespace sotto::text
