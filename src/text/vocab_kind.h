// The kinds of vocabularies that files name, each after the first model that had it, and what a kind means where a file
// leaves something unsaid. Knows nothing of files.
#pragma once

#include <string>
#include <string_view>

#include "text/vocab.h"

namespace sotto::text {

struct VocabKind {
  std::string_view name;  // tokenizer.ggml.model
  std::string_view like;  // the kind whose tokenizer reads it, which is Vocab::model
  TokenId bos = kNoToken, eos = kNoToken, unk = kNoToken, sep = kNoToken, pad = kNoToken, cls = kNoToken,
          mask = kNoToken;
  bool add_bos = false, add_eos = false, add_space_prefix = false;
  bool ranked_merges = false;  // Vocab::ranked_merges
};

// nullptr where none has this name.
const VocabKind* find_vocab_kind(std::string_view name);

// All of them, for messages: "a, b, c".
std::string vocab_kind_names();

}  // namespace sotto::text
