#include "text/wordpiece.h"

#include <algorithm>
#include <deque>

#include "text/bert_characters.h"
#include "text/utf8.h"
#include "text/word_cache.h"

namespace sotto::text {
namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";  // U+2581: GGUF's mark of a word's first piece
constexpr std::string_view kInside = "##";           // the mark of the other pieces, in the original vocabularies
constexpr std::size_t kMostCharacters = 100;         // of a word; a longer one is unknown

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// Cleans text and cuts it into words, which stand in `words` one after the other.
class WordCutter {
 public:
  WordCutter(bool lowercase, bool strip_accents) : lowercase_(lowercase), strip_accents_(strip_accents) {}

  void cut(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const CodePoint c = decode_utf8(text.substr(at));
      at += c.length;
      add(c.value);
    }
    end_word();
  }

  std::string words;
  std::vector<std::size_t> ends;

 private:
  void add(char32_t c) {
    if (bert::is_dropped(c)) return;
    if (bert::is_space(c)) return end_word();
    const bool ideograph = bert::is_ideograph(c);
    if (ideograph) end_word();
    if (strip_accents_ && c >= 0x80) {
      for (const char32_t part : bert::decompose(c)) {
        if (!bert::is_accent(part)) add_plain(part);
      }
    } else {
      add_plain(c);
    }
    if (ideograph) end_word();
  }

  void add_plain(char32_t c) {
    const bool dotted = c == 0x130;  // the one capital whose small letter is two characters
    if (lowercase_) c = dotted ? U'i' : bert::lower(c);
    const bool alone = bert::is_punctuation(c);
    if (alone) end_word();
    append_utf8(words, c);
    if (lowercase_ && dotted) append_utf8(words, 0x307);
    if (alone) end_word();
  }

  void end_word() {
    const std::size_t begun = ends.empty() ? 0 : ends.back();
    if (words.size() > begun) ends.push_back(words.size());
  }

  bool lowercase_, strip_accents_;
};

bool has_capitals(std::string_view token) {
  return std::ranges::any_of(token, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(Vocab vocab) : SegmentedTokenizer(std::move(vocab)) {
  by_spelling_.build(this->vocab().tokens, [this](TokenId id) { return spellable(id); });
  bool capitals = false, marked_first = false;
  for (TokenId id = 0; id < size(); ++id) {
    if (!spellable(id)) continue;
    longest_ = std::max(longest_, raw(id).size());
    capitals = capitals || (kind(id) == TokenKind::kNormal && has_capitals(raw(id)));
    marked_first = marked_first || raw(id).starts_with(kBlank);
  }
  (marked_first ? first_mark_ : mark_) = marked_first ? kBlank : kInside;
  lowercase_ = this->vocab().lowercase.value_or(!capitals);
  strip_accents_ = this->vocab().strip_accents.value_or(lowercase_);
  index_added_tokens(this->vocab().tokens);
}

Result<std::unique_ptr<Tokenizer>> WordPieceTokenizer::create(Vocab vocab) {
  return std::unique_ptr<Tokenizer>(new WordPieceTokenizer(std::move(vocab)));
}

TokenId WordPieceTokenizer::longest_piece(std::string_view word, std::size_t at, std::size_t& length) const {
  std::string spelling(at == 0 ? first_mark_ : mark_);
  const std::size_t marked = spelling.size();
  spelling += word.substr(at, longest_);
  for (; spelling.size() > marked; spelling.pop_back()) {
    const TokenId id = by_spelling_.find(spelling);
    length = spelling.size() - marked;
    const bool whole = at + length == word.size() || (word[at + length] & 0xC0) != 0x80;
    if (id != kNoToken && whole) return id;
  }
  return kNoToken;
}

void WordPieceTokenizer::encode_word(std::string_view word, std::vector<TokenId>& out) const {
  const std::size_t begun = out.size();
  const bool too_long = word.size() > kMostCharacters && characters(word) > kMostCharacters;
  for (std::size_t at = 0, length = 0; at < word.size(); at += length) {
    const TokenId id = too_long ? kNoToken : longest_piece(word, at, length);
    if (id == kNoToken) {
      out.resize(begun);
      if (vocab().unk != kNoToken) out.push_back(vocab().unk);
      return;
    }
    out.push_back(id);
  }
}

void WordPieceTokenizer::encode_segments(std::span<const Segment> segments, std::vector<TokenId>& out) const {
  std::size_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.text.size();
  WordCache cache(bytes);
  std::deque<WordCutter> cutters;  // the cache holds views of their words
  for (const Segment& segment : segments) {
    if (segment.id != kNoToken) {
      out.push_back(segment.id);
      continue;
    }
    WordCutter& cutter = cutters.emplace_back(lowercase_, strip_accents_);
    cutter.cut(segment.text);
    std::size_t begin = 0;
    for (const std::size_t end : cutter.ends) {
      const auto word = std::string_view(cutter.words).substr(begin, end - begin);
      begin = end;
      if (cache.copy(word, out)) continue;
      const std::size_t at = out.size();
      encode_word(word, out);
      cache.keep(word, at, out);
    }
  }
}

std::string WordPieceTokenizer::decode_text(TokenId token) const {
  const std::string_view text = raw(token);
  if (kind(token) == TokenKind::kUserDefined) return std::string(text);
  const std::string_view mark = first_mark_.empty() ? mark_ : first_mark_;
  const bool marked = text.starts_with(mark);
  const bool begins_word = first_mark_.empty() ? !marked : marked;
  std::string decoded(begins_word ? 1 : 0, ' ');
  return decoded.append(marked ? text.substr(mark.size()) : text);
}

}  // namespace sotto::text
