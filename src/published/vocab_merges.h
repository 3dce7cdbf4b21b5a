// vocab.json and merges.txt: byte-level BPE as GPT-2's tokenizer was published, and Qwen's after it. How a text is cut
// before anything merges stands in no file: the name of the tokenizer's class says it.
#pragma once

#include <string>

#include "published/special_tokens.h"
#include "published/vocabulary.h"

namespace sotto::published {

// Without the tokens that other files add. Errors: kNotFound (no vocab.json), kBadFile, kUnsupported (a class whose way
// of cutting is not known; names it).
Result<Vocabulary> read_vocab_merges(const std::string& folder, const TokenFiles& files, std::uint64_t n_vocab);

}  // namespace sotto::published
