#include "text/bpe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <deque>

#include "text/byte_alphabet.h"
#include "text/merge.h"
#include "text/word_cache.h"

namespace sotto::text {
BpeTokenizer::BpeTokenizer(Vocab vocab, const Pretokenizer& pretokenizer)
    : SegmentedTokenizer(std::move(vocab)), pretokenizer_(pretokenizer) {
  by_spelling_.build(this->vocab().tokens, [](TokenId) { return true; });
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char bytes[] = {static_cast<char>(byte)};
    const TokenId id = by_spelling_.find(spell_bytes({bytes, 1}));
    byte_tokens_[byte] = id != kNoToken && spellable(id) ? id : kNoToken;
  }
  index_added_tokens(this->vocab().tokens);
}

Result<std::unique_ptr<Tokenizer>> BpeTokenizer::create(Vocab vocab) {
  const Pretokenizer* pretokenizer = find_pretokenizer(vocab.pre.empty() ? "default" : vocab.pre);
  if (pretokenizer == nullptr) {
    return Unexpected(ErrorCode::kUnsupported,
                      fmt::format("tokenizer.ggml.pre is '{}', which Sotto does not know. Known: {}.", vocab.pre,
                                  fmt::join(pretokenizer_names(), ", ")));
  }
  std::unique_ptr<BpeTokenizer> made(new BpeTokenizer(std::move(vocab), *pretokenizer));
  if (auto done = made->index_merges(made->by_spelling_, made->merges_); !done) return forward_error(done);
  return std::unique_ptr<Tokenizer>(std::move(made));
}

void BpeTokenizer::encode_segments(std::span<const Segment> segments, std::vector<TokenId>& out) const {
  std::size_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.text.size();
  out.reserve(bytes / 4 + 8);
  WordSplitter splitter;
  WordCache cache(bytes);
  Merger merger;
  std::vector<Symbol> symbols;
  std::deque<std::string> kept;  // composed segments: the cache holds views of them
  const auto lookup = [this](const Symbol& left, const Symbol& right) {
    const std::uint32_t rank = merges_.find(left.id, right.id);
    return rank == MergeTable::kNone ? Candidate{0, kNoToken} : Candidate{rank, merges_.result(rank)};
  };
  const auto encode_word = [&](std::string_view word) {
    if (cache.copy(word, out)) return;
    const std::size_t at = out.size();
    const TokenId whole =
        pretokenizer_.has(Pretokenizer::kWholeWords) ? by_spelling_.find(spell_bytes(word)) : kNoToken;
    if (whole != kNoToken && spellable(whole)) {
      out.push_back(whole);
    } else {
      symbols.clear();
      for (std::uint32_t i = 0; i < word.size(); ++i) {
        const TokenId id = byte_tokens_[static_cast<unsigned char>(word[i])];
        if (id != kNoToken) symbols.push_back({id, i, 1});
      }
      merger.run(symbols, lookup);
      for (const Symbol& symbol : symbols) out.push_back(symbol.id);
    }
    cache.keep(word, at, out);
  };
  for (const Segment& segment : segments) {
    if (segment.id != kNoToken) {
      out.push_back(segment.id);
      continue;
    }
    std::string_view text = segment.text;
    if (auto composed = pretokenizer_.has(Pretokenizer::kComposes) ? compose(text) : std::nullopt) {
      text = kept.emplace_back(std::move(*composed));
    }
    std::size_t begin = 0;
    for (const std::size_t end : splitter.split(pretokenizer_, text)) {
      encode_word(text.substr(begin, end - begin));
      begin = end;
    }
  }
}

std::string BpeTokenizer::decode_text(TokenId token) const {
  // User-defined tokens are written as they are, not in the byte alphabet.
  if (kind(token) == TokenKind::kUserDefined) return std::string(raw(token));
  return bytes_of_spelling(raw(token));
}

}  // namespace sotto::text
