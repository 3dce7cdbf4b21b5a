// tokenizer.model: SentencePiece's own file, a protocol buffer. Hostile input; read by a bounded parser of the few
// fields that matter.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "published/vocabulary.h"

namespace sotto::published {

// Errors: kBadFile (no such buffer, lengths that pass the end, no pieces, pieces that are no UTF-8), kUnsupported (an
// algorithm other than BPE, a normalizer that rewrites characters).
Result<Vocabulary> parse_sentencepiece(std::span<const std::byte> bytes, const std::string& path);

// The same for a file. Errors: also kNotFound, kIo.
Result<Vocabulary> read_sentencepiece(const std::string& path);

}  // namespace sotto::published
