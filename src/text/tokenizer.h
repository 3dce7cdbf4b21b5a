// Text to tokens and back. Knows the three algorithms (byte-level BPE, SentencePiece, WordPiece)
// and no file format.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sotto/result.h"
#include "text/piece.h"
#include "text/vocab.h"

namespace sotto::text {

// Immutable once made: every member may be called from any thread.
class Tokenizer {
 public:
  // Errors: kBadFile (no tokens, merges that name unknown tokens, ids out of range), kUnsupported
  // (unknown model or pre-tokenizer; names it and lists the known ones).
  static Result<std::unique_ptr<Tokenizer>> create(Vocab vocab);
  virtual ~Tokenizer() = default;

  // The pieces are one text: control and added tokens are looked for in the trusted parts only,
  // everything between them is tokenized across the pieces' borders. Adds no BOS or EOS. Never
  // fails: bytes that are no UTF-8 are encoded as the reference implementation would encode them
  // (see docs/tokenizers.md). Linear in the length of the text.
  virtual std::vector<TokenId> encode(std::span<const Piece> pieces) const = 0;

  std::vector<TokenId> encode(std::string_view text, bool trusted = false) const;

  // The bytes that `token` stands for in running text: may be part of a code point. Control tokens
  // give nothing unless `show_control`.
  virtual std::string decode(TokenId token, bool show_control = false) const = 0;
  std::string decode(std::span<const TokenId> tokens) const;

  virtual const Vocab& vocab() const = 0;
  int size() const { return static_cast<int>(vocab().tokens.size()); }
  // Control and unknown tokens: never read in untrusted text, nothing when decoded.
  virtual bool is_control(TokenId token) const = 0;
  // Ends an answer: eos, eot, and the end-of-turn tokens that families use.
  virtual bool ends_generation(TokenId token) const = 0;
};

// Turns a stream of tokens into text that never ends inside a code point. Not thread-safe.
class Detokenizer {
 public:
  explicit Detokenizer(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  std::string push(TokenId token);  // what can be shown now; often nothing, never half a code point
  std::string finish();             // what is left; broken bytes become U+FFFD

 private:
  const Tokenizer& tokenizer_;
  std::string pending_;
};

}  // namespace sotto::text
