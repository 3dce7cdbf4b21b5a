// Rules about scripts: those that cut Asian scripts out, and DeepSeek's, which follow them.
#include "text/code_ranges.h"
#include "text/pretokenizer_rules.h"
#include "text/scan.h"

namespace sotto::text::rules {
namespace {

constexpr CodeRange kAsian[] = {{0x800, 0x9FA5}, {0xAC00, 0xD7FF}};
constexpr CodeRange kHanAndKana[] = {{0x3040, 0x30FF}, {0x4E00, 0x9FA5}};
constexpr CodeRange kHangul[] = {{0x3131, 0x318E}, {0xAC00, 0xD7A3}};
constexpr CodeRange kBopomofo[] = {{0x3105, 0x312F}};
constexpr CodeRange kWideMarks[] = {{0x2014, 0x2014}, {0x2018, 0x2019}, {0x201C, 0x201D},
                                    {0x2026, 0x2026}, {0x3001, 0x303F}, {0xFE30, 0xFE4F},
                                    {0xFF01, 0xFF01}, {0xFF0C, 0xFF0C}, {0xFF1A, 0xFF1B}};
constexpr CodeRange kAfmoe[] = {{0xE40, 0xE7F},   {0xE80, 0xEFF},   {0x1000, 0x109F}, {0x1100, 0x11FF},
                                {0x1780, 0x17FF}, {0x2F00, 0x2FDF}, {0x3040, 0x30FF}, {0x3400, 0x4DBF},
                                {0x4E00, 0x9FFF}, {0xA9E0, 0xA9FF}, {0xAA60, 0xAA7F}, {0xAC00, 0xD7AF},
                                {0xF900, 0xFAFF}, {0xFF65, 0xFF9F}};
constexpr std::u32string_view kBloomBorders = U"(|.,!?…。，、।۔،)";

std::size_t run_in(Rest rest, std::size_t from, std::span<const CodeRange> ranges) {
  return scan::run(rest, from, [=](Glyph g) { return in_ranges(ranges, g.code()); });
}

Found next_run_in(Rest rest, std::span<const CodeRange> ranges) {
  const std::size_t gap = scan::run(rest, 0, [=](Glyph g) { return !in_ranges(ranges, g.code()); });
  return {gap, run_in(rest, gap, ranges)};
}

bool ascii_letter(Glyph g) {
  const char32_t c = g.code() | 0x20;
  return c >= U'a' && c <= U'z';
}

bool ascii_mark(Glyph g) { return g.code() < 0x80 && scan::punct_or_symbol(g); }

// [^\r\n\p{L}\p{P}\p{S}]
bool deepseek_lead(Glyph g) { return !g.is(Glyph::kBreak | Glyph::kLetter | Glyph::kPunct | Glyph::kSymbol); }

std::size_t deepseek_word(Rest rest) {
  if (ascii_mark(rest[0])) {
    if (const std::size_t n = scan::run(rest, 1, ascii_letter)) return 1 + n;
  }
  return scan::led_run(rest, deepseek_lead, scan::letter_or_mark);
}

// Nothing matched here: the next glyph begins a new try.
Found here(std::size_t length) { return length > 0 ? Found{0, length} : Found{1, 0}; }

}  // namespace

Found deepseek3(Rest rest) {
  if (const std::size_t n = deepseek_word(rest)) return {0, n};
  if (const std::size_t n = scan::spaced_run_and(rest, scan::punct_or_symbol, scan::line_break)) return {0, n};
  return here(scan::tail(rest));
}

Found spark(Rest rest) {
  if (const std::size_t n = deepseek_word(rest)) return {0, n};
  if (const std::size_t n = scan::spaced_run(rest, scan::punct_or_symbol)) return {0, n};
  return here(scan::line_break(rest[0]) ? 1 : scan::spaces(rest));
}

Found asian_scripts(Rest rest) { return next_run_in(rest, kAsian); }
Found han_and_kana(Rest rest) { return next_run_in(rest, kHanAndKana); }
Found afmoe_scripts(Rest rest) { return next_run_in(rest, kAfmoe); }

Found youtu_scripts(Rest rest) {
  const std::span<const CodeRange> sets[] = {kHangul, kWideMarks, kBopomofo, kHanAndKana};
  for (std::size_t at = 0; at < rest.size(); ++at) {
    for (const auto set : sets) {
      if (const std::size_t n = run_in(rest, at, set)) return {at, n};
    }
  }
  return {rest.size(), 0};
}

Found bloom(Rest rest) {
  const auto inside = [](Glyph g) { return !scan::space(g) && kBloomBorders.find(g.code()) == kBloomBorders.npos; };
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (const std::size_t n = scan::spaced_run(rest.subspan(at), inside)) return {at, n};
  }
  return {rest.size(), 0};
}

}  // namespace sotto::text::rules
