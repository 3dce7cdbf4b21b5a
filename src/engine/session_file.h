// Session files: the state of a sequence, kept on disk. The format stands in session_head.h. A file is hostile input.
// Knows nothing of text or of how the state came about.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/session_head.h"
#include "model/kv_cache.h"
#include "sotto/engine.h"

namespace sotto::engine {

// Replaces the file in one step, or leaves it as it was. `cache` holds `tokens`; it is not changed.
// Errors: kIo, kNotFound (the folder), kBadRequest (the note is longer than kMaxNoteBytes). Throws std::bad_alloc.
Result<void> write_session(const std::string& path, const SessionOwner& owner, std::span<const Token> tokens,
                           std::string_view note, model::KvCache& cache);

struct KeptSession {
  std::vector<Token> tokens;
  std::string note;
};

// Fills the empty `cache` with what the file holds, for a model that is `owner` and has `n_vocab` tokens. After an
// error what the cache holds has no meaning. Errors: those of Session::restore. Throws std::bad_alloc.
Result<KeptSession> read_session(const std::string& path, const SessionOwner& owner, int n_vocab,
                                 model::KvCache& cache);

}  // namespace sotto::engine
