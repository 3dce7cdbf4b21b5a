// The alphabet of byte-level vocabularies (GPT-2's bytes_to_unicode): each byte is written as one
// printable character.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sotto::text {

// The character that stands for `byte`.
char32_t letter_of_byte(unsigned char byte);
// The byte that `letter` stands for.
std::optional<unsigned char> byte_of_letter(char32_t letter);

// The spelling of `bytes` in the alphabet.
std::string spell_bytes(std::string_view bytes);
// The bytes that `spelling` stands for; `spelling` itself where a character is not of the alphabet.
std::string bytes_of_spelling(std::string_view spelling);

}  // namespace sotto::text
