#include "text/unicode.h"

#include <array>

#include <utf8proc.h>

#include "text/utf8.h"

namespace sotto::text {
namespace {

constexpr bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::uint32_t category_class(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU: return Glyph::kUpper;
    case UTF8PROC_CATEGORY_LT: return Glyph::kTitle;
    case UTF8PROC_CATEGORY_LL: return Glyph::kLower;
    case UTF8PROC_CATEGORY_LM: return Glyph::kModifier;
    case UTF8PROC_CATEGORY_LO: return Glyph::kOther;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return Glyph::kMark;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return Glyph::kNumber;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: return Glyph::kPunct;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO: return Glyph::kSymbol;
    default: return 0;
  }
}

}  // namespace

Glyph::Glyph(char32_t c) : bits_(c | category_class(c)) {
  if (is_white_space(c)) bits_ |= kSpace;
  if (c == '\r' || c == '\n') bits_ |= kBreak;
}

void append_glyphs(std::string_view text, std::vector<Glyph>& out) {
  static const std::array<Glyph, 128> ascii = [] {
    std::array<Glyph, 128> glyphs;
    for (char32_t c = 0; c < 128; ++c) glyphs[c] = Glyph(c);
    return glyphs;
  }();
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 128) {
      out.push_back(ascii[first]);
      ++at;
      continue;
    }
    const CodePoint c = decode_utf8(text.substr(at));
    out.push_back(Glyph(c.value));
    at += c.length;
  }
}

}  // namespace sotto::text
