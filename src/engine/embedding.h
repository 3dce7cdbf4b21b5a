// Texts to vectors: what embed() of the public API does with an encoder. Knows nothing of files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/language.h"
#include "engine/turn_lock.h"
#include "model/encoder.h"
#include "sotto/engine.h"

namespace sotto::engine {

// One vector for each text, [model_dim], of length 1. Takes `turn` for each group of texts. Errors: kContextFull (a
// text of more than `ctx_tokens` tokens; names both), kBadRequest (a text without any), kBadFile (a vector that is no
// number).
Result<std::vector<std::vector<float>>> embed_texts(std::span<const std::string> texts, const Language& language,
                                                    model::Encoder& encoder, TurnLock& turn, int ctx_tokens);

}  // namespace sotto::engine
