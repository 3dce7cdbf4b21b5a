// Finds the control tokens between the parts of a text with a gap by the spellings that families give them.
#pragma once

#include <span>

#include "text/vocab.h"

namespace sotto::text {

// Sets those of `gap` that are kNoToken still, where `vocab` has one: a token that is a control token or user-defined;
// text that happens to look so is none. kinds: [n_vocab].
void find_gap_tokens(const Vocab& vocab, std::span<const TokenKind> kinds, GapTokens& gap);

}  // namespace sotto::text
