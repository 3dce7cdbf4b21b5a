// The ids of tokens with a meaning, and whether they are put around a text.
#pragma once

#include <string>
#include <vector>

#include "published/vocabulary.h"

namespace sotto::published {

// What the files beside the tokenizer say; absent ones are empty objects.
struct TokenFiles {
  Json tokenizer_config = Json::object(), special_map = Json::object(), generation = Json::object(),
       config = Json::object();
};

// Writes tokenizer.ggml.*_token_id and add_*_token. Names of tokens count before ids.
void write_special_tokens(const Vocabulary& vocabulary, const TokenFiles& files, gguf::Writer& writer,
                          std::vector<std::string>& notes);

}  // namespace sotto::published
