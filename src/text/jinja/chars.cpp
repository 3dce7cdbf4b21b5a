#include "text/jinja/chars.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "text/jinja/special_cases.h"
#include "text/utf8.h"

namespace sotto::text::jinja {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool within(char32_t c, const Range (&ranges)[N]) {
  const Range* r = std::lower_bound(std::begin(ranges), std::end(ranges), c,
                                    [](const Range& range, char32_t x) { return range.last < x; });
  return r != std::end(ranges) && r->first <= c;
}

// Numeric_Type=Digit outside the decimal digits.
constexpr Range kDigits[] = {{0xB2, 0xB3},       {0xB9, 0xB9},       {0x1369, 0x1371},   {0x19DA, 0x19DA},
                             {0x2070, 0x2070},   {0x2074, 0x2079},   {0x2080, 0x2089},   {0x2460, 0x2468},
                             {0x2474, 0x247C},   {0x2488, 0x2490},   {0x24EA, 0x24EA},   {0x24F5, 0x24FD},
                             {0x24FF, 0x24FF},   {0x2776, 0x277E},   {0x2780, 0x2788},   {0x278A, 0x2792},
                             {0x10A40, 0x10A43}, {0x10E60, 0x10E68}, {0x11052, 0x1105A}, {0x1F100, 0x1F10A}};

// Other_Uppercase and Other_Lowercase (PropList.txt).
constexpr Range kOtherUpper[] = {
    {0x2160, 0x216F}, {0x24B6, 0x24CF}, {0x1F130, 0x1F149}, {0x1F150, 0x1F169}, {0x1F170, 0x1F189}};
constexpr Range kOtherLower[] = {
    {0xAA, 0xAA},     {0xBA, 0xBA},     {0x2B0, 0x2B8},     {0x2C0, 0x2C1},     {0x2E0, 0x2E4},     {0x345, 0x345},
    {0x37A, 0x37A},   {0x1D2C, 0x1D6A}, {0x1D78, 0x1D78},   {0x1D9B, 0x1DBF},   {0x2071, 0x2071},   {0x207F, 0x207F},
    {0x2090, 0x209C}, {0x2170, 0x217F}, {0x24D0, 0x24E9},   {0x2C7C, 0x2C7D},   {0xA69C, 0xA69D},   {0xA770, 0xA770},
    {0xA7F8, 0xA7F9}, {0xAB5C, 0xAB5F}, {0x10780, 0x10780}, {0x10783, 0x10785}, {0x10787, 0x107B0}, {0x107B2, 0x107BA}};

utf8proc_category_t category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

}  // namespace

void CharReader::load() {
  if (rest_.empty()) {
    current_ = {0, {}};
    return;
  }
  if (const auto first = static_cast<unsigned char>(rest_[0]); first < 0x80) {
    current_ = {first, rest_.substr(0, 1)};
    return;
  }
  const CodePoint decoded = decode_utf8(rest_);
  current_ = {decoded.value, rest_.substr(0, decoded.length)};
}

bool is_space(char32_t c) {
  if (c < 0x80) return (c >= 9 && c <= 13) || (c >= 28 && c <= 32);
  return c == 0x85 || c == 0x2028 || c == 0x2029 || category(c) == UTF8PROC_CATEGORY_ZS;
}

bool is_alpha(char32_t c) {
  if (c < 0x80) return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  const utf8proc_category_t k = category(c);
  return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

bool is_decimal(char32_t c) { return c < 0x80 ? c >= '0' && c <= '9' : category(c) == UTF8PROC_CATEGORY_ND; }

bool is_digit(char32_t c) { return is_decimal(c) || within(c, kDigits); }

bool is_numeric(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  const utf8proc_category_t k = category(c);
  return k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_NO;
}

bool is_upper(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z';
  return category(c) == UTF8PROC_CATEGORY_LU || within(c, kOtherUpper);
}

bool is_lower(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z';
  return category(c) == UTF8PROC_CATEGORY_LL || within(c, kOtherLower);
}

bool is_title(char32_t c) { return c >= 0x80 && category(c) == UTF8PROC_CATEGORY_LT; }

bool is_cased(char32_t c) { return is_upper(c) || is_lower(c) || is_title(c); }

bool ignores_case(char32_t c) {
  static constexpr std::u32string_view kMidWord = U"'.:^`\u00A8\u00AD\u00AF\u00B4\u00B7\u00B8\u2018\u2019\u2024\u2027";
  if (c < 0x80) return kMidWord.find(c) != std::u32string_view::npos;
  const utf8proc_category_t k = category(c);
  return k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME || k == UTF8PROC_CATEGORY_CF ||
         k == UTF8PROC_CATEGORY_LM || k == UTF8PROC_CATEGORY_SK || kMidWord.find(c) != std::u32string_view::npos;
}

bool is_printable(char32_t c) {
  if (c < 0x80) return c >= 0x20 && c < 0x7F;
  const utf8proc_category_t k = category(c);
  return k != UTF8PROC_CATEGORY_CN && k < UTF8PROC_CATEGORY_ZS;
}

bool is_word(char32_t c) { return c == '_' || is_alpha(c) || is_numeric(c); }

// XID_Start and XID_Continue (UAX 31).
static bool starts_identifier(char32_t c) {
  if (c == 0x37A) return false;  // a letter whose compatibility form begins with a space
  return c == '_' || is_alpha(c) || (c >= 0x80 && category(c) == UTF8PROC_CATEGORY_NL) || c == 0x2118 || c == 0x212E;
}

static bool continues_identifier(char32_t c) {
  if (c < 0x80) return is_decimal(c);
  const utf8proc_category_t k = category(c);
  return k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_MC ||
         k == UTF8PROC_CATEGORY_PC || c == 0xB7 || c == 0x387;
}

bool is_identifier(std::string_view text) {
  bool first = true;
  for (CharReader r(text); r.more(); r.advance(), first = false) {
    const char32_t c = r.get().code;
    if (!starts_identifier(c) && (first || !continues_identifier(c))) return false;
  }
  return !first;
}

bool ends_line(char32_t c) {
  return (c >= 10 && c <= 13) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

void append_cased(const Char& character, Case to, std::string& out) {
  const char32_t c = character.code;
  if (c < 0x80) {
    const bool lower = to == Case::kLower || to == Case::kFold;
    out += static_cast<char>(!is_alpha(c) ? c : lower ? c | 0x20 : c & ~0x20u);
    return;
  }
  if (c == kReplacement) {
    out += character.bytes;  // it may stand for a byte that is no UTF-8
    return;
  }
  const auto code = static_cast<utf8proc_int32_t>(c);
  if (to == Case::kFold) {
    utf8proc_int32_t folded[8];
    int boundary = 0;
    const auto n = utf8proc_decompose_char(code, folded, 8, UTF8PROC_CASEFOLD, &boundary);
    for (int i = 0; i < n && i < 8; ++i) append_utf8(out, static_cast<char32_t>(folded[i]));
    return;
  }
  if (to == Case::kLower) {
    if (c == 0x130) {
      out += "i\u0307";
    } else {
      append_utf8(out, static_cast<char32_t>(utf8proc_tolower(code)));
    }
    return;
  }
  const SpecialCase* special = std::lower_bound(std::begin(kSpecialCases), std::end(kSpecialCases), c,
                                                [](const SpecialCase& s, char32_t x) { return s.code < x; });
  if (special != std::end(kSpecialCases) && special->code == c) {
    out += to == Case::kUpper ? special->upper : special->title;
    return;
  }
  append_utf8(out, static_cast<char32_t>(to == Case::kUpper ? utf8proc_toupper(code) : utf8proc_totitle(code)));
}

std::string_view strip_left(std::string_view text) {
  std::size_t n = 0;
  for (CharReader r(text); r.more() && is_space(r.get().code); r.advance()) {
    n += r.get().bytes.size();
  }
  return text.substr(n);
}

std::string_view strip_right(std::string_view text) {
  while (!text.empty()) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && text.size() - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
    const CodePoint last = decode_utf8(text.substr(begin));
    if (!last.valid || !is_space(last.value)) break;
    text = text.substr(0, begin);
  }
  return text;
}

}  // namespace sotto::text::jinja
