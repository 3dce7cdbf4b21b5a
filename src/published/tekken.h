// tekken.json, Mistral's tokenizer: the bytes of each token in the order in which they merge (tiktoken's byte-pair
// encoding), and control tokens before them.
#pragma once

#include <string>

#include "published/vocabulary.h"

namespace sotto::published {

// The merges are all pairs of tokens that give a token, in the order of what they give. Errors: kBadFile, kUnsupported
// (a pattern that GGUF files have no name for).
Result<Vocabulary> read_tekken(const Json& tekken, const std::string& path, std::uint64_t n_vocab);

}  // namespace sotto::published
