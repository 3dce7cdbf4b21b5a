// tokenizer.json, as Hugging Face's tokenizers library writes it: byte-pair encoding over bytes, or over characters
// with bytes to fall back on.
#pragma once

#include <string>

#include "published/vocabulary.h"

namespace sotto::published {

inline constexpr std::size_t kMaxTokenizerBytes = 64u << 20;

// Errors: kBadFile, kUnsupported; each says which part of the file, what it is and what was expected.
Result<Vocabulary> read_tokenizer_json(const Json& tokenizer, const std::string& path, std::uint64_t n_vocab,
                                       std::string_view ranked = {});

// Parts of it. The tokens under their ids, which errors call `what` (errors: kBadFile), and what the post-processor
// puts around a text.
Result<void> read_vocab(const Json* vocab, const std::string& path, std::uint64_t n_vocab, Vocabulary& vocabulary,
                        const char* what = "model.vocab");
void read_template(const Json& processor, Vocabulary& vocabulary);

// Whether it cuts text into bytes, not characters.
bool is_byte_level(const Json& tokenizer);

// Puts the file's added_tokens into `vocabulary`. Errors: kBadFile.
Result<void> read_added_tokens(const Json& tokenizer, const std::string& path, std::uint64_t n_vocab,
                               Vocabulary& vocabulary);

}  // namespace sotto::published
