// Characters as Python's str sees them: classes, case, and what a repr may show. Tables come from utf8proc.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/str.h"

namespace sotto::text::jinja {

// One decoded character of a text and the bytes it stands on. A byte that is no UTF-8 is a character of its own.
struct Char {
  char32_t code;
  std::string_view bytes;
};

// Walks a text: `for (CharReader r(text); r.more(); r.advance()) use(r.get());`
class CharReader {
 public:
  explicit CharReader(std::string_view text) : rest_(text) { load(); }
  bool more() const { return !current_.bytes.empty(); }
  const Char& get() const { return current_; }
  void advance() {
    rest_.remove_prefix(current_.bytes.size());
    load();
  }

 private:
  void load();
  std::string_view rest_;
  Char current_{};
};

bool is_space(char32_t c);    // str.isspace
bool is_alpha(char32_t c);    // str.isalpha
bool is_digit(char32_t c);    // str.isdigit
bool is_decimal(char32_t c);  // str.isdecimal
bool is_numeric(char32_t c);  // str.isnumeric
bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_title(char32_t c);
bool is_cased(char32_t c);
bool ignores_case(char32_t c);  // Case_Ignorable: stands inside words without ending them
bool is_printable(char32_t c);  // shown as it is by repr()
bool is_word(char32_t c);       // \w
bool is_identifier(std::string_view text);
bool ends_line(char32_t c);  // str.splitlines breaks after it

// Appends the character in upper, lower or title case: up to three code points.
enum class Case { kUpper, kLower, kTitle, kFold };
void append_cased(const Char& c, Case to, std::string& out);

// Appends `text` to `out` as `map(character, piece)` writes each of its characters, with that character's provenance.
template <class Map>
void append_mapped(const Str& text, TextBuilder& out, Map&& map) {
  constexpr std::size_t kPiece = 4096;
  std::string piece;
  text.for_runs(0, text.size(), [&](std::string_view run, bool trusted) {
    for (CharReader r(run); r.more(); r.advance()) {
      map(r.get(), piece);
      if (piece.size() < kPiece) continue;
      if (!text.heap().burn(kPiece / 2)) return;
      out.append(piece, trusted);
      piece.clear();
    }
    text.heap().burn(piece.size() / 2);
    out.append(piece, trusted);
    piece.clear();
  });
}

std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);

}  // namespace sotto::text::jinja
