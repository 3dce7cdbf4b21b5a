// Rules of the GPT-2 line of pre-tokenizers.
#pragma once

#include "text/pretokenizer.h"

namespace sotto::text::rules {

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
Found gpt2(std::span<const Glyph> rest);

// \p{N}
Found digit(std::span<const Glyph> rest);

}  // namespace sotto::text::rules
