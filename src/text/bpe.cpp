#include "text/bpe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <deque>

#include "text/byte_alphabet.h"
#include "text/merge.h"
#include "text/word_cache.h"

namespace sotto::text {
namespace {

Unexpected bad_merge(std::size_t index, std::string_view merge, std::string_view why) {
  return Unexpected(ErrorCode::kBadFile,
                    fmt::format("tokenizer.ggml.merges[{}] is '{}': {}. The file is damaged or was converted "
                                "wrongly; fetch or convert it again.",
                                index, merge, why));
}

// One line of the merges, on its way to ids.
struct Line {
  std::string_view left, right;
  std::uint64_t left_hash, right_hash;
};

}  // namespace

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
  if (auto done = made->index_merges(); !done) return forward_error(done);
  return std::unique_ptr<Tokenizer>(std::move(made));
}

Result<void> BpeTokenizer::index_merges() {
  const auto& lines = vocab().merges;
  std::vector<Merge> merges;
  merges.reserve(lines.size());
  constexpr std::size_t kAhead = 16;
  Line ahead[kAhead];
  TokenId guess = 0;  // merged tokens mostly stand in the order of their merges
  std::string joined;
  for (std::size_t i = 0; i < lines.size() + kAhead; ++i) {
    if (i >= kAhead && i - kAhead < lines.size()) {
      const Line& line = ahead[i % kAhead];
      const TokenId left = by_spelling_.find(line.left, line.left_hash);
      const TokenId right = by_spelling_.find(line.right, line.right_hash);
      joined.assign(line.left).append(line.right);
      if (!in_range(guess) || raw(guess) != joined) guess = by_spelling_.find(joined);
      if (left == kNoToken || right == kNoToken || guess == kNoToken) {
        const std::string_view missing = left == kNoToken ? line.left : right == kNoToken ? line.right : joined;
        return bad_merge(i - kAhead, lines[i - kAhead],
                         fmt::format("'{}' is no token of tokenizer.ggml.tokens", missing));
      }
      // A control token never comes out of text.
      merges.push_back({left, right, spellable(guess) ? guess : kNoToken});
      ++guess;
    }
    if (i >= lines.size()) continue;
    const std::size_t gap = lines[i].find(' ', 1);
    if (gap == std::string_view::npos || gap + 1 == lines[i].size()) {
      return bad_merge(i, lines[i], "expected two tokens with a space between them");
    }
    const std::string_view left = lines[i].substr(0, gap), right = lines[i].substr(gap + 1);
    ahead[i % kAhead] = {left, right, by_spelling_.prepare(left), by_spelling_.prepare(right)};
  }
  merges_.build(std::move(merges));
  return {};
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
