// What a code point is: the general categories that pre-tokenizers ask for. Tables come from
// utf8proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::text {

// A code point and its classes in one word: bits 0 to 20 the code point, bits 21 to 31 the classes.
class Glyph {
 public:
  enum Class : std::uint32_t {
    kUpper = 1u << 21,     // Lu
    kTitle = 1u << 22,     // Lt
    kLower = 1u << 23,     // Ll
    kModifier = 1u << 24,  // Lm
    kOther = 1u << 25,     // Lo
    kMark = 1u << 26,      // M
    kNumber = 1u << 27,    // N
    kPunct = 1u << 28,     // P
    kSymbol = 1u << 29,    // S
    kSpace = 1u << 30,     // White_Space
    kBreak = 1u << 31,     // \r and \n
    kLetter = kUpper | kTitle | kLower | kModifier | kOther,
  };

  Glyph() = default;
  explicit Glyph(char32_t c);

  char32_t code() const { return bits_ & 0x1FFFFF; }
  bool is(std::uint32_t classes) const { return (bits_ & classes) != 0; }
  bool operator==(char32_t c) const { return code() == c; }

 private:
  std::uint32_t bits_ = 0;
};

bool is_decimal_digit(char32_t c);   // Nd, which regular expressions write \d
bool is_word_character(char32_t c);  // what Oniguruma, the engine of Hugging Face's tokenizers, takes for \w
bool is_han(char32_t c);             // the script

// Normal form C of valid UTF-8; nothing when `text` is in it already.
std::optional<std::string> compose(std::string_view text);

// Appends the glyphs of `text`, which must be valid UTF-8.
void append_glyphs(std::string_view text, std::vector<Glyph>& out);

}  // namespace sotto::text
