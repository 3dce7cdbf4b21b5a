// A text as the chunks of tokens that a model is measured on. Knows tokenizers and nothing of models.
#pragma once

#include <string_view>
#include <vector>

#include "engine/language.h"

namespace sotto::evaluate {

inline constexpr std::size_t kChunkTokens = 512;

using Chunks = std::vector<std::vector<Token>>;

// The beginning of `text`, at most n_tokens with what stands before each chunk; every chunk but the last has
// chunk_tokens, and each begins as the model was trained to. Without a last chunk of one token, of which nothing
// follows. Empty where the text has less than two tokens.
Chunks chunks_of(const engine::Language& language, std::string_view text, std::size_t n_tokens,
                 std::size_t chunk_tokens = kChunkTokens);

std::size_t count_tokens(const Chunks& chunks);

}  // namespace sotto::evaluate
