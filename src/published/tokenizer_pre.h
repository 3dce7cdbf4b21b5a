// Which of the named pre-tokenizers a tokenizer.json describes.
#pragma once

#include <string>

#include "published/json.h"
#include "sotto/result.h"

namespace sotto::published {

// The name that GGUF files give to the pre_tokenizer and normalizer of a byte-level tokenizer.json: one whose regular
// expressions are the same. Errors: kUnsupported, printing what stands in the file; kBadFile.
Result<std::string> name_pretokenizer(const Json& tokenizer, const std::string& path);

}  // namespace sotto::published
