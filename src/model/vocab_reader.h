// Reads a tokenizer's vocabulary out of a GGUF file's metadata. Knows the keys; knows no
// tokenization.
#pragma once

#include "gguf/file.h"
#include "sotto/result.h"
#include "text/vocab.h"

namespace sotto::model {

// The views in the result point into `file`. Works on files that hold only a vocabulary.
// Errors: kBadFile (a key missing, of another type or length, an id out of range), each naming the
// key, the value found and the value expected. A file without tokens is kNotFound.
Result<text::Vocab> read_vocab(const gguf::File& file);

}  // namespace sotto::model
