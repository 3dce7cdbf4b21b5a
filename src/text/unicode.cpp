#include "text/unicode.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

#include <utf8proc.h>

#include "text/code_ranges.h"
#include "text/utf8.h"

namespace sotto::text {
namespace {

constexpr bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// Of each category, in utf8proc's order: Cn, Lu Ll Lt Lm Lo, Mn Mc Me, Nd Nl No, Pc Pd Ps Pe Pi Pf Po, Sm Sc Sk So;
// separators and controls have none.
// clang-format off
constexpr std::uint32_t kClassOfCategory[] = {
    0,
    Glyph::kUpper, Glyph::kLower, Glyph::kTitle, Glyph::kModifier, Glyph::kOther,
    Glyph::kMark, Glyph::kMark, Glyph::kMark,
    Glyph::kNumber, Glyph::kNumber, Glyph::kNumber,
    Glyph::kPunct, Glyph::kPunct, Glyph::kPunct, Glyph::kPunct, Glyph::kPunct, Glyph::kPunct, Glyph::kPunct,
    Glyph::kSymbol, Glyph::kSymbol, Glyph::kSymbol, Glyph::kSymbol};
// clang-format on
static_assert(std::size(kClassOfCategory) == UTF8PROC_CATEGORY_SO + 1);

std::uint32_t category_class(char32_t c) {
  const auto found = static_cast<std::size_t>(utf8proc_category(static_cast<utf8proc_int32_t>(c)));
  return found < std::size(kClassOfCategory) ? kClassOfCategory[found] : 0;
}

struct Addition {
  char32_t first, last;
  std::uint32_t classes;
};

// What Unicode 15.1 and 16 added: Debian's utf8proc stops at 15. Ascending.
constexpr Addition kAdditions[] = {
    {0x897, 0x897, Glyph::kMark},         {0x1B4E, 0x1B4F, Glyph::kPunct},      {0x1B7F, 0x1B7F, Glyph::kPunct},
    {0x1C89, 0x1C89, Glyph::kUpper},      {0x1C8A, 0x1C8A, Glyph::kLower},      {0x2427, 0x2429, Glyph::kSymbol},
    {0x2FFC, 0x2FFF, Glyph::kSymbol},     {0x31E4, 0x31E5, Glyph::kSymbol},     {0x31EF, 0x31EF, Glyph::kSymbol},
    {0xA7CB, 0xA7CC, Glyph::kUpper},      {0xA7CD, 0xA7CD, Glyph::kLower},      {0xA7DA, 0xA7DA, Glyph::kUpper},
    {0xA7DB, 0xA7DB, Glyph::kLower},      {0xA7DC, 0xA7DC, Glyph::kUpper},      {0x105C0, 0x105F3, Glyph::kOther},
    {0x10D40, 0x10D49, Glyph::kNumber},   {0x10D4A, 0x10D4D, Glyph::kOther},    {0x10D4E, 0x10D4E, Glyph::kModifier},
    {0x10D4F, 0x10D4F, Glyph::kOther},    {0x10D50, 0x10D65, Glyph::kUpper},    {0x10D69, 0x10D6D, Glyph::kMark},
    {0x10D6E, 0x10D6E, Glyph::kPunct},    {0x10D6F, 0x10D6F, Glyph::kModifier}, {0x10D70, 0x10D85, Glyph::kLower},
    {0x10D8E, 0x10D8F, Glyph::kSymbol},   {0x10EC2, 0x10EC4, Glyph::kOther},    {0x10EFC, 0x10EFC, Glyph::kMark},
    {0x11380, 0x11389, Glyph::kOther},    {0x1138B, 0x1138B, Glyph::kOther},    {0x1138E, 0x1138E, Glyph::kOther},
    {0x11390, 0x113B5, Glyph::kOther},    {0x113B7, 0x113B7, Glyph::kOther},    {0x113B8, 0x113C0, Glyph::kMark},
    {0x113C2, 0x113C2, Glyph::kMark},     {0x113C5, 0x113C5, Glyph::kMark},     {0x113C7, 0x113CA, Glyph::kMark},
    {0x113CC, 0x113D0, Glyph::kMark},     {0x113D1, 0x113D1, Glyph::kOther},    {0x113D2, 0x113D2, Glyph::kMark},
    {0x113D3, 0x113D3, Glyph::kOther},    {0x113D4, 0x113D5, Glyph::kPunct},    {0x113D7, 0x113D8, Glyph::kPunct},
    {0x113E1, 0x113E2, Glyph::kMark},     {0x116D0, 0x116E3, Glyph::kNumber},   {0x11BC0, 0x11BE0, Glyph::kOther},
    {0x11BE1, 0x11BE1, Glyph::kPunct},    {0x11BF0, 0x11BF9, Glyph::kNumber},   {0x11F5A, 0x11F5A, Glyph::kMark},
    {0x13460, 0x143FA, Glyph::kOther},    {0x16100, 0x1611D, Glyph::kOther},    {0x1611E, 0x1612F, Glyph::kMark},
    {0x16130, 0x16139, Glyph::kNumber},   {0x16D40, 0x16D42, Glyph::kModifier}, {0x16D43, 0x16D6A, Glyph::kOther},
    {0x16D6B, 0x16D6C, Glyph::kModifier}, {0x16D6D, 0x16D6F, Glyph::kPunct},    {0x16D70, 0x16D79, Glyph::kNumber},
    {0x18CFF, 0x18CFF, Glyph::kOther},    {0x1CC00, 0x1CCEF, Glyph::kSymbol},   {0x1CCF0, 0x1CCF9, Glyph::kNumber},
    {0x1CD00, 0x1CEB3, Glyph::kSymbol},   {0x1E5D0, 0x1E5ED, Glyph::kOther},    {0x1E5EE, 0x1E5EF, Glyph::kMark},
    {0x1E5F0, 0x1E5F0, Glyph::kOther},    {0x1E5F1, 0x1E5FA, Glyph::kNumber},   {0x1E5FF, 0x1E5FF, Glyph::kPunct},
    {0x1F8B2, 0x1F8BB, Glyph::kSymbol},   {0x1F8C0, 0x1F8C1, Glyph::kSymbol},   {0x1FA89, 0x1FA89, Glyph::kSymbol},
    {0x1FA8F, 0x1FA8F, Glyph::kSymbol},   {0x1FABE, 0x1FABE, Glyph::kSymbol},   {0x1FAC6, 0x1FAC6, Glyph::kSymbol},
    {0x1FADC, 0x1FADC, Glyph::kSymbol},   {0x1FADF, 0x1FADF, Glyph::kSymbol},   {0x1FAE9, 0x1FAE9, Glyph::kSymbol},
    {0x1FBCB, 0x1FBEF, Glyph::kSymbol},   {0x2EBF0, 0x2EE5D, Glyph::kOther},
};

// Letters in circles and squares, and the superscripts and fractions of Latin-1, which Oniguruma
// counts in \w.
constexpr CodeRange kOddWordCharacters[] = {{0xB2, 0xB3},       {0xB9, 0xB9},       {0xBC, 0xBE},      {0x24B6, 0x24E9},
                                            {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}};

constexpr CodeRange kHan[] = {{0x2E80, 0x2E99},   {0x2E9B, 0x2EF3},   {0x2F00, 0x2FD5},   {0x3005, 0x3005},
                              {0x3007, 0x3007},   {0x3021, 0x3029},   {0x3038, 0x303B},   {0x3400, 0x4DBF},
                              {0x4E00, 0x9FFF},   {0xF900, 0xFA6D},   {0xFA70, 0xFAD9},   {0x16FE2, 0x16FE3},
                              {0x16FF0, 0x16FF1}, {0x20000, 0x2A6DF}, {0x2A700, 0x2B739}, {0x2B740, 0x2B81D},
                              {0x2B820, 0x2CEA1}, {0x2CEB0, 0x2EBE0}, {0x2EBF0, 0x2EE5D}, {0x2F800, 0x2FA1D},
                              {0x30000, 0x3134A}, {0x31350, 0x323AF}};

// Marks (and two vowels that compose) of Unicode 12 and later. The composition of Hugging Face's
// tokenizers is older: it leaves them where they are, and composes nothing across them.
constexpr CodeRange kNewMarks[] = {
    {0x7FD, 0x7FD},     {0x898, 0x89F},     {0x8CA, 0x8D3},     {0x9FE, 0x9FE},     {0xC3C, 0xC3C},
    {0xD3B, 0xD3C},     {0xEBA, 0xEBA},     {0x1715, 0x1715},   {0x1ABF, 0x1ACE},   {0x1DF6, 0x1DFA},
    {0xA82C, 0xA82C},   {0x10D24, 0x10D27}, {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50},
    {0x10F82, 0x10F85}, {0x11070, 0x11070}, {0x1133B, 0x1133B}, {0x1145E, 0x1145E}, {0x11839, 0x1183A},
    {0x11930, 0x11930}, {0x11935, 0x11935}, {0x11938, 0x11938}, {0x1193D, 0x1193E}, {0x11943, 0x11943},
    {0x119E0, 0x119E0}, {0x11A34, 0x11A34}, {0x11A47, 0x11A47}, {0x11A99, 0x11A99}, {0x11D42, 0x11D42},
    {0x11D44, 0x11D45}, {0x11D97, 0x11D97}, {0x11F41, 0x11F42}, {0x16FF0, 0x16FF1}, {0x1E08F, 0x1E08F},
    {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF}, {0x1E4EC, 0x1E4EF},
};

void compose_part(std::string_view text, std::string& out) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size >= 0) {
    out.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  } else {
    out += text;  // only without memory
  }
  std::free(mapped);
}

utf8proc_category_t category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

std::uint32_t added_class(char32_t c) {
  const auto* end = std::upper_bound(std::begin(kAdditions), std::end(kAdditions), c,
                                     [](char32_t value, const Addition& a) { return value < a.first; });
  return end == kAdditions || c > end[-1].last ? 0 : end[-1].classes;
}

}  // namespace

Glyph::Glyph(char32_t c) : bits_(c | category_class(c)) {
  if (bits_ == c) bits_ |= added_class(c);
  if (is_white_space(c)) bits_ |= kSpace;
  if (c == '\r' || c == '\n') bits_ |= kBreak;
}

bool is_decimal_digit(char32_t c) {
  const auto found = category(c);
  // All numbers that Unicode 16 added are decimal digits.
  return found == UTF8PROC_CATEGORY_ND || (found == UTF8PROC_CATEGORY_CN && added_class(c) == Glyph::kNumber);
}

bool is_word_character(char32_t c) {
  const auto found = category(c);
  return Glyph(c).is(Glyph::kLetter | Glyph::kMark) || is_decimal_digit(c) || found == UTF8PROC_CATEGORY_NL ||
         found == UTF8PROC_CATEGORY_PC || in_ranges(kOddWordCharacters, c);
}

bool is_han(char32_t c) { return c >= 0x2E80 && in_ranges(kHan, c); }

std::optional<std::string> compose(std::string_view text) {
  // Nothing below U+0300 is changed by composition, and that is two bytes below 0xCC.
  const auto low = [](char c) { return static_cast<unsigned char>(c) < 0xCC; };
  if (std::ranges::all_of(text, low)) return std::nullopt;
  std::string composed;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text.substr(at));
    if (in_ranges(kNewMarks, c.value)) {
      compose_part(text.substr(begin, at - begin), composed);
      composed += text.substr(at, c.length);
      begin = at + c.length;
    }
    at += c.length;
  }
  compose_part(text.substr(begin), composed);
  if (composed == text) return std::nullopt;
  return composed;
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
