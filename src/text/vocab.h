// What a tokenizer is built from, whatever file it came from. Knows nothing of GGUF.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text {

using TokenId = std::int32_t;
inline constexpr TokenId kNoToken = -1;

// GGUF's tokenizer.ggml.token_type values.
enum class TokenKind : std::int32_t { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

// What stands between the parts of a text with a gap, for models that were trained to fill one (Bavarian et al.,
// 2207.14255). The first three are of use together only.
struct GapTokens {
  TokenId prefix = kNoToken;      // before what precedes the gap
  TokenId suffix = kNoToken;      // before what follows it
  TokenId middle = kNoToken;      // before what fills it
  TokenId pad = kNoToken;         // stands for nothing
  TokenId repository = kNoToken;  // before a project's name (Hui et al., 2409.12186)
  TokenId file = kNoToken;        // before a file's name

  bool complete() const { return prefix >= 0 && suffix >= 0 && middle >= 0; }
};

// The views must outlive the tokenizer (they point into the mapped file).
struct Vocab {
  std::string model;                     // "gpt2" (byte-level BPE), "llama" (SentencePiece), "bert" (WordPiece);
                                         // VocabKind::like of the tokenizer.ggml.model that a file says
  std::string pre;                       // tokenizer.ggml.pre: the pre-tokenizer of byte-level BPE
  std::vector<std::string_view> tokens;  // [n_vocab]
  std::vector<float> scores;             // [n_vocab] or empty
  std::vector<TokenKind> kinds;          // [n_vocab] or empty: all normal
  std::vector<std::string_view> merges;  // "left right", most wanted first
  TokenId bos = kNoToken, eos = kNoToken, eot = kNoToken, unk = kNoToken, sep = kNoToken, pad = kNoToken,
          cls = kNoToken, mask = kNoToken;
  GapTokens gap;  // those that the file names; a tokenizer finds the others by their spelling
  bool add_bos = false, add_eos = false;
  bool ranked_merges = false;             // SentencePiece: merges go by their order in the list, not by score
  bool add_space_prefix = true;           // SentencePiece: a space before the first word
  bool remove_extra_whitespaces = false;  // SentencePiece
  std::optional<bool> lowercase;          // WordPiece: nothing: as the vocabulary's own spelling suggests
  std::optional<bool> strip_accents;      // WordPiece: nothing: where text is lowercased
  std::string family;                     // general.architecture: some families' added tokens eat the space after them
};

}  // namespace sotto::text
