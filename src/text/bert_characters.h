// What BERT's tokenizers take characters for: the categories of the Unicode that Hugging Face's
// reference was built with, which is older than ours. Knows no vocabulary.
#pragma once

#include <string>

namespace sotto::text::bert {

bool is_space(char32_t c);
bool is_dropped(char32_t c);      // controls, private use, U+FFFD: removed before all else
bool is_ideograph(char32_t c);    // a word of its own
bool is_punctuation(char32_t c);  // a word of its own
bool is_accent(char32_t c);       // removed where accents are stripped
char32_t lower(char32_t c);
std::u32string decompose(char32_t c);  // canonical decomposition (NFD) of one character

}  // namespace sotto::text::bert
