// A published model's tokenizer as GGUF files hold it: tokens, their types and scores or merges, and the ids and
// switches around them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gguf/writer.h"
#include "published/json.h"
#include "sotto/result.h"
#include "text/vocab.h"

namespace sotto::published {

using text::TokenKind;

struct Vocabulary {
  std::string model;   // "gpt2" (byte-level BPE), "llama" (SentencePiece) or "bert" (WordPiece)
  std::string ranked;  // tokenizer.ggml.model in place of "llama" where merges go by their order; else empty
  std::string pre;     // the pre-tokenizer's name
  std::vector<std::string> tokens;
  std::vector<TokenKind> kinds;     // [n_tokens]
  std::vector<float> scores;        // [n_tokens] where model is "llama" and nothing ranked
  std::vector<std::string> merges;  // "left right" where it is "gpt2", or ranked
  bool add_space_prefix = false;
  std::optional<bool> lowercase, strip_accents;               // where model is "bert"
  std::optional<bool> add_bos, add_eos;                       // where the files say so
  std::string first_token, last_token;                        // that the tokenizer puts around a text; may be empty
  std::string unknown;                                        // the token for what has no other; may be empty
  std::vector<std::pair<std::string, std::uint64_t>> beyond;  // added tokens that no row of the embedding stands for
};

inline constexpr std::string_view kSpace =
    "\xE2\x96\x81";  // U+2581, which stands for a space in SentencePiece's tokens

// The most tokens that are read; more than any published vocabulary has.
inline constexpr std::size_t kMaxTokens = 1u << 22;

// Gives a token that stands outside of the merges its place: `special` ones are control tokens. Grows the vocabulary
// by unused tokens where there is a gap, up to `n_vocab` (then it is noted in `beyond`).
void add_token(Vocabulary& vocabulary, std::uint64_t id, const std::string& content, bool special,
               std::uint64_t n_vocab);

// Reads the tokenizer in `folder` and writes it: tokenizer.json, tokenizer.model, tekken.json, vocab.json and
// merges.txt, or vocab.txt; tokenizer_config.json, special_tokens_map.json, added_tokens.json, generation_config.json
// and chat_template.jinja, as far as they are there. `config` is config.json's object; `n_vocab` the rows of the
// embedding: the tokens are filled up to them; `ranked` is Family::ranked_vocabulary. `notes` takes what a user should
// know. Errors: kNotFound (no tokenizer: names the files that were looked for), kUnsupported (an algorithm, a
// pre-tokenizer or a normalizer that GGUF files have no name for; prints it), kBadFile, kIo.
Result<void> write_vocabulary(const std::string& folder, const Json& config, std::uint64_t n_vocab,
                              std::string_view ranked, gguf::Writer& writer, std::vector<std::string>& notes);

}  // namespace sotto::published
