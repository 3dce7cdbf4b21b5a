// The rules that pre-tokenizers are made of. Above each stands the regular expression that it is
// equal to.
#pragma once

#include "text/pretokenizer.h"

namespace sotto::text::rules {

using Rest = std::span<const Glyph>;

// CONTRACTION stands for (?i:'s|'t|'re|'ve|'m|'ll|'d), TAIL for \s*[\r\n]+|\s+(?!\S)|\s+

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
Found gpt2(Rest rest);

// CONTRACTION|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|TAIL
Found llama3(Rest rest);
// The same with \p{N}
Found qwen2(Rest rest);
// The same with \p{N}+
Found long_numbers(Rest rest);
// qwen2 without CONTRACTION
Found no_contractions(Rest rest);
// qwen2 with ` ?[^\s\p{L}\p{N}\r\n]+` for what is neither letter nor number
Found seed_coder(Rest rest);
// CONTRACTION|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|TAIL
Found qwen35(Rest rest);
// llama3 with \s{512}(?!\S)|\s{256}(?!\S)|…|\s{4}(?!\S)|\s{1,2}(?!\S)|\s for \s+(?!\S)|\s+
Found jais2(Rest rest);
// CONTRACTION|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}|
// ?[^\s\p{L}\p{N}]+[\r\n/]?|TAIL
Found exaone_moe(Rest rest);

// With U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and L = [\p{Ll}\p{Lm}\p{Lo}\p{M}]:
// [^\r\n\p{L}\p{N}]?U*L+CONTRACTION?|[^\r\n\p{L}\p{N}]?U+L*CONTRACTION?|\p{N}{1,3}|
// ?[^\s\p{L}\p{N}]+[\r\n/]*|TAIL
Found gpt4o(Rest rest);
// gpt4o with \p{N}
Found gpt4o_single_digits(Rest rest);
// gpt4o with \p{N} and without CONTRACTION
Found tekken(Rest rest);
// \p{Han}+|gpt4o with U and L less \p{Han}, and [\r\n]* for [\r\n/]*
Found kimi_k2(Rest rest);

// ASCII punctuation and letters: [!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|
// ?[\p{P}\p{S}]+[\r\n]*|TAIL
Found deepseek3(Rest rest);
// deepseek3 with ` ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+` in place of what follows the words
Found spark(Rest rest);

// \p{N}; tokenizers' Digits(individual_digits=True)
Found digit(Rest rest);
Found rust_digit(Rest rest);
// \p{N}+; \p{N}{1,3}; [0-9][0-9][0-9]
Found numbers(Rest rest);
Found three_numbers(Rest rest);
Found three_ascii_digits(Rest rest);
// \d{1,3}(?=(?:\d{3})*\b)
Found thousands(Rest rest);
// \p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))
Found number_thousands(Rest rest);
// (?=(\d{3})+(?!\d))
Found before_thousands(Rest rest);

// [\r\n]; [^\n]+|[\n]+
Found line_break(Rest rest);
Found lines(Rest rest);
// \s?\p{L}+; \s?\p{P}+; \s+$
Found spaced_letters(Rest rest);
Found spaced_punctuation(Rest rest);
Found trailing_spaces(Rest rest);
// [\p{P}\$\+<=>\^~\|`]+; [\p{P}!-/:-@\[-`{-~]
Found punctuation_run(Rest rest);
Found punctuation_mark(Rest rest);
// ` ?[^(\s|.,!?…。，、।۔،)]+`
Found bloom(Rest rest);
// \s? and the cased letters, or the punctuation, of DeepSeek-LLM's vocabulary
Found spaced_cased_letters(Rest rest);
Found spaced_wide_punctuation(Rest rest);
// [一-龥ࠀ-一가-퟿]+; [一-龥぀-ゟ゠-ヿ]+
Found asian_scripts(Rest rest);
Found han_and_kana(Rest rest);
// [가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+
Found youtu_scripts(Rest rest);
// [一-鿿㐀-䶿\uF900-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]+
Found afmoe_scripts(Rest rest);
// <sentinel:[0-9]+>; (IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z; ([\t\n]|    |  )
Found sentinel(Rest rest);
Found image_name(Rest rest);
Found indentation(Rest rest);

}  // namespace sotto::text::rules
