// Scores that make SentencePiece's encoding merge as a list of merges says.
#pragma once

#include <string>
#include <vector>

#include "published/vocabulary.h"

namespace sotto::published {

// One score a token: the sooner merges give it, the higher. SentencePiece's encoding takes any two neighbours that are
// a token together, and the one with the highest score first, so that a list of merges can be said this way only where
// it has every such pair, and all pairs that give one token behind each other: those that were made from SentencePiece
// models have. Errors: kUnsupported otherwise; kBadFile (a merge of or to no token). Linear in the tokens' bytes.
Result<std::vector<float>> scores_of_merges(const Vocabulary& vocabulary, const std::string& path);

}  // namespace sotto::published
