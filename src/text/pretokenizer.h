// Cuts text into the words that byte-pair merges never cross. Each named pre-tokenizer is the
// published regular expressions of its vocabularies, written out as linear scans over code points.
// Knows no tokens.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "text/unicode.h"

namespace sotto::text {

// What a rule found: `gap` glyphs that belong to no match, then `times` matches of `length` glyphs
// each. Length 0: no match begins in the gap.
struct Found {
  std::size_t gap, length, times = 1;
};

// Looks at the glyphs from the current position to the end of the part (which is never empty). A
// rule that fails after a long look ahead returns how far it need not look again, so that every
// rule is linear.
using Rule = Found (*)(std::span<const Glyph> rest);

struct Pretokenizer {
  enum Trait : unsigned {
    kWholeWords = 1,  // a word that is a token as it stands is not merged ("ignore_merges")
    kComposes = 2,    // text is first brought into Unicode's normal form C
    kAddsBos = 4,     // where the file does not say (tokenizer.ggml.add_bos_token)
  };

  std::string_view name;        // of the state machine, as tests and messages call it
  std::span<const Rule> rules;  // in turn: each cuts the parts that the one before it left, matches and gaps alike
  unsigned traits = 0;

  bool has(Trait trait) const { return (traits & trait) != 0; }
};

// By the name that GGUF files give in tokenizer.ggml.pre; nullptr when unknown.
const Pretokenizer* find_pretokenizer(std::string_view name);
// Every state machine, once.
std::span<const Pretokenizer> pretokenizers();
// All names that find_pretokenizer knows.
std::vector<std::string_view> pretokenizer_names();

// Scratch space of the cutting: keep one for many texts.
class WordSplitter {
 public:
  // Where each word of `text` ends, in bytes; together the words are the text. `text` must be valid
  // UTF-8.
  std::span<const std::size_t> split(const Pretokenizer& pretokenizer, std::string_view text);

 private:
  void cut(std::span<const Rule> rules, std::span<const Glyph> part);
  void emit(std::span<const Glyph> word);

  std::vector<Glyph> glyphs_;
  std::vector<std::size_t> ends_;
  std::size_t end_ = 0;
};

}  // namespace sotto::text
