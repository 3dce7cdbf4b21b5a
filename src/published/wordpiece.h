// WordPiece, BERT's tokenizer, as it is published: tokenizer.json, or vocab.txt with a token a line.
#pragma once

#include <string>

#include "published/vocabulary.h"

namespace sotto::published {

bool is_wordpiece(const Json& tokenizer);

// Tokens are spelled as GGUF files do: U+2581 before a word's first piece, nothing before the others, control tokens as
// they are. Errors: kBadFile, kUnsupported (a normalizer or pre-tokenizer that is not BERT's; prints it).
Result<Vocabulary> read_wordpiece_json(const Json& tokenizer, const std::string& path, std::uint64_t n_vocab);

// `tokenizer_config` names the special tokens where they are not BERT's own. Errors: kNotFound, kIo, kBadFile,
// kUnsupported.
Result<Vocabulary> read_wordpiece_text(const std::string& path, const Json& tokenizer_config);

}  // namespace sotto::published
