#include "text/sentencepiece.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "text/utf8.h"
#include "text/word_cache.h"

namespace sotto::text {
namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81";  // U+2581

// The byte that a token spelt "<0x0A>" stands for.
std::optional<unsigned char> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
  unsigned byte = 0;
  const char* end = token.data() + 5;
  const auto parsed = std::from_chars(token.data() + 3, end, byte, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return static_cast<unsigned char>(byte);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t found; (found = text.find(from, at)) != std::string::npos; at = found + from.size()) {
    out.append(text, at, found - at).append(to);
  }
  out.append(text, at);
  text = std::move(out);
}

std::size_t hash_character(std::string_view character) {
  std::size_t hash = 0;
  for (const char c : character) hash = hash * 131 + static_cast<unsigned char>(c);
  return hash % 4096;
}

// The character that ends at text[end - 1].
std::string_view character_before(std::string_view text, std::size_t end) {
  std::size_t begin = end - 1;
  while (begin > 0 && (text[begin] & 0xC0) == 0x80) --begin;
  return text.substr(begin, end - begin);
}

// Greater scores give lower numbers; -0 and 0 the same one.
std::uint32_t score_order(float score) {
  const auto bits = std::bit_cast<std::uint32_t>(score + 0.0f);
  return bits >> 31 ? bits : 0x7FFFFFFFu - bits;
}

std::uint64_t inverted_length(std::string_view text) {
  const auto characters = std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
  return 0xFFFFu - static_cast<std::uint64_t>(std::min<std::ptrdiff_t>(characters, 0xFFFF));
}

}  // namespace

SentencePieceTokenizer::SentencePieceTokenizer(Vocab vocab) : SegmentedTokenizer(std::move(vocab)) {
  index_bytes();
  spell_tokens();
  by_spelling_.build(spellings_, [this](TokenId id) { return spellable(id); });
  for (unsigned c = 0; c < ascii_tokens_.size(); ++c) {
    const char character = static_cast<char>(c);
    ascii_tokens_[c] = by_spelling_.find({&character, 1});
  }
  index_cuts();
  index_added_tokens(spellings_);
}

Result<std::unique_ptr<Tokenizer>> SentencePieceTokenizer::create(Vocab vocab) {
  if (vocab.ranked_merges) {
    std::unique_ptr<SentencePieceTokenizer> made(new SentencePieceTokenizer(std::move(vocab)));
    if (auto done = made->index_merges(made->by_spelling_, made->merges_); !done) return forward_error(done);
    return std::unique_ptr<Tokenizer>(std::move(made));
  }
  if (vocab.scores.empty()) {
    return Unexpected(ErrorCode::kBadFile,
                      "tokenizer.ggml.scores is missing; expected one score a token, as tokenizer.ggml.model is "
                      "'llama'. Convert the model again.");
  }
  return std::unique_ptr<Tokenizer>(new SentencePieceTokenizer(std::move(vocab)));
}

void SentencePieceTokenizer::index_bytes() {
  byte_tokens_.fill(kNoToken);
  for (TokenId id = 0; id < size(); ++id) {
    const auto byte = byte_of_token(raw(id));
    if (!byte || (kind(id) != TokenKind::kByte && !vocab().kinds.empty())) continue;
    set_kind(id, TokenKind::kByte);
    if (byte_tokens_[*byte] == kNoToken) byte_tokens_[*byte] = id;
  }
}

void SentencePieceTokenizer::spell_tokens() {
  spellings_ = vocab().tokens;
  // GGUF writes user-defined runs of U+2581 as spaces.
  for (TokenId id = 0; id < size(); ++id) {
    if (kind(id) != TokenKind::kUserDefined || raw(id).empty()) continue;
    if (raw(id).find_first_not_of(' ') != std::string_view::npos) continue;
    std::string respelt(raw(id));
    replace_all(respelt, " ", kSpace);
    respelt_.push_back(std::move(respelt));
  }
  auto next = respelt_.begin();
  for (TokenId id = 0; id < size() && next != respelt_.end(); ++id) {
    if (kind(id) != TokenKind::kUserDefined || raw(id).empty()) continue;
    if (raw(id).find_first_not_of(' ') != std::string_view::npos) continue;
    spellings_[static_cast<std::size_t>(id)] = *next++;
  }
}

void SentencePieceTokenizer::index_cuts() {
  for (TokenId id = 0; id < size(); ++id) {
    if (!spellable(id)) continue;
    const std::string_view token = spellings_[static_cast<std::size_t>(id)];
    for (std::size_t at = token.find(kSpace, 1); at != std::string_view::npos; at = token.find(kSpace, at + 1)) {
      joins_space_.set(hash_character(character_before(token, at)));
    }
  }
}

void SentencePieceTokenizer::normalize(std::string_view text, std::string& out) const {
  if (vocab().add_space_prefix) out += kSpace;
  bool after_space = vocab().remove_extra_whitespaces;
  for (const char c : text) {
    if (c != ' ') {
      out += c;
    } else if (!after_space) {
      out += kSpace;
    }
    after_space = c == ' ' && vocab().remove_extra_whitespaces;
  }
}

std::size_t SentencePieceTokenizer::next_cut(std::string_view text) const {
  for (std::size_t at = text.find(kSpace, 1); at != std::string_view::npos; at = text.find(kSpace, at + 1)) {
    if (!joins_space_[hash_character(character_before(text, at))]) return at;
  }
  return text.size();
}

void SentencePieceTokenizer::append_symbols(std::string_view word, std::vector<Symbol>& symbols) const {
  std::uint32_t at = 0;
  const auto has_byte = [&](char c) { return byte_tokens_[static_cast<unsigned char>(c)] != kNoToken; };
  while (at < word.size()) {
    const auto first = static_cast<unsigned char>(word[at]);
    const std::uint32_t length = first < 0x80 ? 1 : decode_utf8(word.substr(at)).length;
    const std::string_view character = word.substr(at, length);
    const TokenId id = first < 0x80 ? ascii_tokens_[first] : by_spelling_.find(character);
    if (id != kNoToken) {
      symbols.push_back({id, at, length});
    } else if (std::ranges::all_of(character, has_byte)) {
      for (std::uint32_t i = at; i < at + length; ++i) {
        symbols.push_back({byte_tokens_[static_cast<unsigned char>(word[i])], i, 1});
      }
    } else if (!symbols.empty() && symbols.back().id == vocab().unk) {
      symbols.back().bytes += length;  // unknown characters in a row are one unknown token
    } else if (vocab().unk != kNoToken) {
      symbols.push_back({vocab().unk, at, length});
    }
    at += length;
  }
}

// Ordered as Hugging Face's conversion of a SentencePiece model orders its merges: by score, then
// the longer left part, then the longer right part, counted in characters.
Candidate SentencePieceTokenizer::candidate(std::string_view word, const Symbol& left, const Symbol& right) const {
  if (left.id == vocab().unk || right.id == vocab().unk) return {0, kNoToken};
  if (vocab().ranked_merges) {
    const std::uint32_t rank = merges_.find(left.id, right.id);
    return rank == MergeTable::kNone ? Candidate{0, kNoToken} : Candidate{rank, merges_.result(rank)};
  }
  const TokenId id = by_spelling_.find(word.substr(left.begin, left.bytes + right.bytes));
  if (id == kNoToken || !spellable(left.id) || !spellable(right.id)) return {0, kNoToken};
  // User-defined tokens score 0 in SentencePiece's own files; GGUF gives them another number.
  const float score = kind(id) == TokenKind::kUserDefined ? 0.0f : vocab().scores[static_cast<std::size_t>(id)];
  const std::uint64_t key = static_cast<std::uint64_t>(score_order(score)) << 32 |
                            inverted_length(word.substr(left.begin, left.bytes)) << 16 |
                            inverted_length(word.substr(right.begin, right.bytes));
  return {key, id};
}

void SentencePieceTokenizer::encode_segments(std::span<const Segment> segments, std::vector<TokenId>& out) const {
  std::size_t bytes = 0;
  for (const Segment& segment : segments) {
    bytes += segment.text.size() + 2 * static_cast<std::size_t>(std::ranges::count(segment.text, ' ')) + kSpace.size();
  }
  std::string normalized;
  normalized.reserve(bytes);  // the cache holds views: it must not move
  out.reserve(bytes / 4 + 8);
  WordCache cache(bytes);
  PairCache pairs(bytes);
  Merger merger;
  std::vector<Symbol> symbols;
  for (const Segment& segment : segments) {
    if (segment.id != kNoToken) {
      out.push_back(segment.id);
      continue;
    }
    const std::size_t begin = normalized.size();
    normalize(segment.text, normalized);
    for (std::string_view rest = std::string_view(normalized).substr(begin); !rest.empty();) {
      const std::string_view word = rest.substr(0, next_cut(rest));
      rest.remove_prefix(word.size());
      if (cache.copy(word, out)) continue;
      const std::size_t at = out.size();
      symbols.clear();
      append_symbols(word, symbols);
      merger.run(symbols, [&](const Symbol& left, const Symbol& right) {
        return pairs.get(left.id, right.id, [&] { return candidate(word, left, right); });
      });
      for (const Symbol& symbol : symbols) out.push_back(symbol.id);
      cache.keep(word, at, out);
    }
  }
}

std::string SentencePieceTokenizer::decode_text(TokenId token) const {
  if (kind(token) == TokenKind::kByte) {
    const auto byte = byte_of_token(raw(token));
    if (byte) return std::string(1, static_cast<char>(*byte));
  }
  std::string text(raw(token));
  replace_all(text, kSpace, " ");
  return text;
}

}  // namespace sotto::text
